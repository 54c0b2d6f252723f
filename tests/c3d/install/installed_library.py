"""installed_library.py BUILD INPUTS CMAKE COMPILER LIBDIR: installs into an empty folder, builds the program beside this
file outside the tree, by find_package and by pkg-config, and labels a video with each."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

build, inputs, cmake, compiler, libdir = sys.argv[1:]
here = pathlib.Path(__file__).resolve().parent


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], text=True, capture_output=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(str(word) for word in command)}\n{done.stdout}{done.stderr}")
    return done.stdout


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    prefix = folder / "prefix"
    for component in ("library", "development"):
        run(cmake, "--install", build, "--prefix", prefix, "--component", component)
    run(inputs, folder)
    shutil.copytree(here, folder / "someone")
    run(cmake, "-S", folder / "someone/by_cmake", "-B", folder / "by_cmake", f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DCMAKE_CXX_COMPILER={compiler}", "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror")
    run(cmake, "--build", folder / "by_cmake")
    programs = [(folder / "by_cmake/label", {})]
    if shutil.which("pkg-config"):
        environment = {**os.environ, "PKG_CONFIG_PATH": str(prefix / libdir / "pkgconfig")}
        flags = run("pkg-config", "--cflags", "--libs", "c3d", env=environment).split()
        run(compiler, "-std=c++20", folder / "someone/label.cpp", "-o", folder / "by_pkg_config", *flags)
        programs.append((folder / "by_pkg_config", {**os.environ, "LD_LIBRARY_PATH": str(prefix / libdir)}))
    answers = []
    for program, environment in programs:
        answers.append(run(program, folder / "small.safetensors", folder / "tiny.avi", folder / "page.html", **({"env": environment} if environment else {})))
        labels = {line.split()[0] for line in answers[-1].splitlines()}
        if labels != {"walk", "run", "jump", "wave", "fall"}:
            sys.exit(f"{program} says: {answers[-1]}")
        page = folder / "page.html"
        if "tiny.avi" not in page.read_text():
            sys.exit(f"{program} wrote a page without the video")
        page.unlink()
    if len(set(answers)) != 1:
        sys.exit(f"they differ: {answers}")
    wrong = subprocess.run([folder / "by_cmake/label", folder / "small.safetensors", folder / "absent.mp4"], text=True,
                           capture_output=True)
    if wrong.returncode != 1 or "absent.mp4" not in wrong.stderr:
        sys.exit(f"a video that is not there: exit code {wrong.returncode}, {wrong.stderr}")
    print(answers[0])
