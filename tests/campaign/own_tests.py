"""The campaign's judges can say no. Run by ctest; by hand: python3 tests/campaign/own_tests.py"""

import errno
import pathlib
import signal
import subprocess
import sys
import tempfile
import types
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import disks
import kills
import runs
import videos
from tool import Outcome

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def outcome(code, err=b"", timed_out=False):
    return Outcome(["c3d_infer"], code, timed_out, b"", err, 1.0)


class Scratch(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        (self.folder / "out").mkdir()


class Signals(Scratch):
    def setUp(self):
        super().setUp()
        material = types.SimpleNamespace(data=self.folder)
        for number in range(3):
            (self.folder / f"{number}.mp4").write_bytes(b"")
        campaign = types.SimpleNamespace(material=material, work=self.folder)
        self.run_ = runs.Infer(campaign, "infer", ["--json", "@OUT@/lines.jsonl"], videos=3)

    def complaint(self, code, err=b"", sent=signal.SIGTERM, going=True, answered=0.01):
        return kills.ended_complaint(self.run_, self.folder, outcome(code, err), sent, going, answered, 1)

    def test_a_run_is_under_way_once_it_has_written(self):
        self.assertFalse(self.run_.going_since(self.folder, 0))
        file = self.folder / "out/lines.jsonl.part"
        file.write_bytes(b"")
        self.assertTrue(self.run_.going_since(self.folder, 0))
        self.assertFalse(self.run_.going_since(self.folder, file.stat().st_mtime))

    def test_a_signal_must_be_answered_by_what_is_under_way(self):
        self.assertIn("unanswered", self.complaint(-signal.SIGTERM))
        self.assertIn("not heard", self.complaint(0, answered=0.7))
        self.assertIn("answered after 3", self.complaint(143, b"stopping; 0 of 3 videos are done", answered=3.0))
        self.assertIn("exit code 1", self.complaint(1, b"c3d_infer: stopping"))
        self.assertIn("exit code 130", self.complaint(130, b"stopping; 0 of 3 videos are done"))

    def test_what_has_not_begun_or_is_done_may_just_end(self):
        self.assertEqual("", self.complaint(-signal.SIGTERM, going=False))
        self.assertEqual("", self.complaint(-signal.SIGTERM, b"3 labelled, 0 failed"))
        self.assertEqual("", self.complaint(-signal.SIGKILL, sent=signal.SIGKILL))
        self.assertEqual("", self.complaint(0))

    def test_lines_of_videos_that_are_said_to_be_done_are_kept(self):
        said = b"stopping; 1 of 2 videos are done and kept"
        self.assertIn("keeps 0 lines for 2", self.complaint(143, said))
        (self.folder / "out/.lines.jsonl.part").write_text('{"file": "0.mp4"}\n{"file": "1.mp4"}\n{"fi')
        self.assertEqual("", self.complaint(143, said))
        self.assertIn("how many", self.complaint(143, b"stopping"))


class Disks(Scratch):
    def complaint(self, code, err, *failed):
        run = types.SimpleNamespace(caches=lambda folder: [folder / "frames"])
        changes = [(call, self.folder / path) for call, path in failed]
        return disks.outcome_complaint(run, self.folder, outcome(code, err), changes, errno.ENOSPC)

    def test_what_could_not_be_written_is_an_error(self):
        self.assertIn("exit code 0, though a.npy", self.complaint(0, b"", ("write", "out/a.npy")))
        self.assertIn("though out could", self.complaint(0, b"", ("mkdir", "out")))
        self.assertIn("though .lock could", self.complaint(0, b"", ("open", "out/.lock")))
        self.assertIn("though b.npy", self.complaint(0, b"a picture was not drawn", ("write", "out/a.png"), ("write", "out/b.npy")))
        self.assertIn("though a.png", self.complaint(0, b"", ("write", "out/a.png")))

    def test_only_caches_pictures_and_the_words_of_locks_may_fail_unharmed(self):
        self.assertEqual("", self.complaint(0, b"", ("write", "frames/index.json")))
        self.assertEqual("", self.complaint(0, b"note: a picture was not drawn", ("write", "out/a.png")))
        note = b"note: report.html was not written, the run goes on without: disk is full"
        self.assertEqual("", self.complaint(0, note, ("write", "out/..thumbnails.jsonl.0.part")))
        self.assertEqual("", self.complaint(0, note, ("rename", "out/report.html")))
        self.assertIn("though b.npy", self.complaint(0, note, ("write", "out/b.npy")))
        self.assertEqual("", self.complaint(0, b"", ("write", "out/.lock"), ("tmpfile", "tmp")))
        self.assertIn("only a cache", self.complaint(1, b"c3d_train: the disk is full", ("write", "frames/index.json")))

    def test_an_error_names_file_and_cause(self):
        self.assertEqual("", self.complaint(1, b"c3d_infer: a.npy: the disk is full", ("write", "out/.a.npy.0.part")))
        in_tmp = f"c3d_infer: cannot write {self.folder}/tmp/(rows): the disk is full".encode()
        self.assertIn("no file", self.complaint(1, in_tmp, ("write", "out/a.npy")))
        self.assertEqual("", self.complaint(1, in_tmp, ("write", "tmp/#12 (deleted)")))
        self.assertIn("cause", self.complaint(1, b"c3d_infer: a.npy cannot be written", ("write", "out/a.npy")))


class Videos(Scratch):
    FILES = [pathlib.Path("x/a.mp4"), pathlib.Path("x/b.mp4")]

    def complaint(self, text, code=0):
        result = outcome(code)
        result.out = text
        return videos.train_complaint(result, self.FILES, 12)

    def test_each_video_of_a_training_is_accounted_for(self):
        left_out = b"note: /d/a.mp4 is left out: is empty\nand 1 more videos are left out\n"
        self.assertEqual("", self.complaint(left_out + b"2 classes, 10 training and 2 validation videos\nbroken: 2\n"))
        self.assertIn("13 videos", self.complaint(left_out + b"2 classes, 9 training and 2 validation videos\nbroken: 2\n"))
        self.assertIn("broken: 1", self.complaint(left_out + b"2 classes, 10 training and 2 validation videos\nbroken: 1\n"))
        self.assertIn("c.mp4", self.complaint(left_out.replace(b"a.mp4", b"c.mp4") + b"10 training and 2 validation videos\nbroken: 2\n"))
        self.assertIn("exit code 1", self.complaint(left_out, 1))


class Documents(unittest.TestCase):
    def test_documents_say_what_the_kept_result_says(self):
        def told(program, result):
            return subprocess.run([sys.executable, SOURCE / "tests" / program, "--line", SOURCE / "benchmarks/results" / result],
                                  capture_output=True, text=True, check=True).stdout.split("\n")

        readme, disks_line = told("campaign", "campaign.json")[:2]
        fuzz_line = told("fuzz/result.py", "fuzz.json")[0]
        for document, sentence in (("README.md", readme), ("docs/broken_files.md", disks_line), ("docs/broken_files.md", fuzz_line)):
            self.assertIn(sentence, " ".join((SOURCE / document).read_text().split()))


if __name__ == "__main__":
    unittest.main()
