"""A case: one folder of files, one command over it. @CASE@ and @MATERIAL@ in a command stand for the folders."""

import shutil

from tool import SECONDS, complaint


def command(campaign, folder, argv):
    places = {"@CASE@": str(folder), "@MATERIAL@": str(campaign.material.folder), "@SOURCE@": str(campaign.source)}

    def put(text):
        for name, place in places.items():
            text = text.replace(name, place)
        return text

    return [put(str(argument)) for argument in argv]


def run(campaign, folder, argv, seconds=SECONDS):
    return campaign.tools.run(command(campaign, folder, argv), folder, {"XDG_CACHE_HOME": str(folder / "cache"), "TMPDIR": str(folder)}, seconds)


def run_commands(campaign, part, folder, commands, files, case=None):
    """Runs each (argv, codes). True: all ended as they should, and the last one's exit code says ok or refused."""
    outcome = None
    for argv, codes in commands:
        outcome = run(campaign, folder, argv)
        why = complaint(outcome, codes)
        if why:
            described = dict(case or {}, commands=[[list(map(str, argv)), list(codes)]])
            part.fail(f"{argv[0]} {why} ({', '.join(f.name for f in files[:3])})", described, files, outcome)
            return False
    part.add("ok" if outcome.code == 0 else "refused")
    return True


def repeat(campaign, part, case, kept):
    """A case that was kept: its files lie in the folder `kept`."""
    folder = campaign.work / "repeat"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(kept, folder)
    run_commands(campaign, part, folder, [(argv, tuple(codes)) for argv, codes in case["commands"]], list(folder.glob("*")), case)
