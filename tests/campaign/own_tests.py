"""The campaign's judges can say no. Run by ctest; by hand: python3 tests/campaign/own_tests.py"""

import json
import pathlib
import signal
import sys
import tempfile
import types
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import kills
import runs
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


if __name__ == "__main__":
    unittest.main()
