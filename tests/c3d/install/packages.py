"""packages.py CPACK BUILD VERSION INTERFACE: the Debian packages of a build have their names, versions, dependencies and
files."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

cpack, build, version, interface = sys.argv[1:]
for tool in ("dpkg-deb", "dpkg-shlibdeps"):
    if not shutil.which(tool):
        print(f"SKIPPED: there is no {tool}")
        sys.exit(77)
library = f"libc3d{interface}"
# Package: what it depends on, and the ends of files that it holds.
packages = {
    "c3d-tools": (["libavformat", "libavcodec", "libc6"], ["/bin/c3d_check", "/bin/c3d_train", "/bin/c3d_infer", "/doc/c3d-tools/copyright"]),
    library: (["libavformat", "libavcodec", "libc6"], [f"/libc3d.so.{interface}", f"/libc3d.so.{version}"]),
    "libc3d-dev": ([f"{library} (= {version})"], ["/include/c3d/video_classifier.h", "/libc3d.so", "/c3dConfig.cmake", "/c3d.pc"]),
}
problems = []


def run(*command):
    done = subprocess.run([str(word) for word in command], text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(str(word) for word in command)}\n{done.stdout}{done.stderr}")
    return done.stdout


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    run(cpack, "-G", "DEB", "--config", f"{build}/CPackConfig.cmake", "-B", folder / "work", "-D", f"CPACK_OUTPUT_FILE_PREFIX={folder}")
    files = {file.name.split("_")[0]: file for file in folder.glob("*.deb")}
    if set(files) != set(packages):
        sys.exit(f"packages: {sorted(files)}, not {sorted(packages)}")
    for package, (needs, contents) in packages.items():
        fields = {field: run("dpkg-deb", "--field", files[package], field).strip() for field in ("Package", "Version", "Depends")}
        if (fields["Package"], fields["Version"]) != (package, version):
            problems.append(f"{package}: {fields}")
        problems += [f"{package}: does not depend on {need}: {fields['Depends']}" for need in needs if need not in fields["Depends"]]
        paths = {line.split()[5] for line in run("dpkg-deb", "--contents", files[package]).splitlines()}
        problems += [f"{package}: has no {path}" for path in contents if not any(each.endswith(path) for each in paths)]
    for package, field in (("c3d-tools", "Recommends"), (library, "Suggests")):
        if "libavdevice" not in run("dpkg-deb", "--field", files[package], field):
            problems.append(f"{package}: {field} does not name libavdevice")
    control = run("dpkg-deb", "--info", files[library], "shlibs")
    if not control.startswith(f"libc3d {interface} {library} (>= "):
        problems.append(f"{library}: shlibs says {control}")
print("\n".join(problems) or ", ".join(sorted(files)))
sys.exit(1 if problems else 0)
