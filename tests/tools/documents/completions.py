"""completions.py SHARE TOOL ...: bash completes the options of the tools, their values and commands; zsh and fish read
their files. SHARE is the folder that is installed as P/share."""
import os
import pathlib
import shutil
import subprocess
import sys

share = pathlib.Path(sys.argv[1]).resolve()
tools = sys.argv[2:]
problems = []


def completed(tool, *words):
    """What bash offers for the last word of a command line."""
    script = """
      source "$1" || exit 1
      shift
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
      declaration=$(complete -p "$1") || exit 1
      [[ $declaration =~ -F\\ ([^ ]+) ]] || exit 1
      "${BASH_REMATCH[1]}" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
      ((${#COMPREPLY[@]} == 0)) || printf '%s\\n' "${COMPREPLY[@]}"
    """
    file = share / "bash-completion/completions" / tool
    done = subprocess.run(["bash", "--norc", "-u", "-c", script, "bash", file, tool, *words], text=True, capture_output=True,
                          cwd=share)
    if done.returncode != 0 or done.stderr:
        problems.append(f"bash: {tool} {' '.join(words)}: {done.stderr}")
    return done.stdout.splitlines()


def expect(got, wanted, what):
    if got != wanted:
        problems.append(f"{what}: {got}, not {wanted}")


for tool in tools:
    listed = subprocess.run(["bash", "-n", share / "bash-completion/completions" / tool], text=True, capture_output=True)
    expect(listed.stderr, "", f"bash -n, {tool}")
    expect(completed(tool, "--vers"), ["--version"], f"{tool} --vers")
for tool in {"c3d_train", "c3d_infer", "c3d_bench"}.intersection(tools):
    expect(completed(tool, "--devi"), ["--device"], f"{tool} --devi")
    expect(completed(tool, "--device", ""), ["auto", "cpu", "reference", "cuda"], f"{tool} --device")
    expect(completed(tool, "--device", "=", "c"), ["cpu", "cuda"], f"{tool} --device=c")
    expect(completed(tool, "--device", "="), ["auto", "cpu", "reference", "cuda"], f"{tool} --device=")
    precisions = ["f32", "tf32", "bf16"] + ([] if tool == "c3d_train" else ["fp8"])  # which is for inference
    expect(completed(tool, "--precision", ""), precisions, f"{tool} --precision")
    expect(sorted(completed(tool, "--plan", "")), sorted(["fixed", "measured", *os.listdir(share)]),
           f"{tool} --plan, names and files")
if "c3d_train" in tools:
    expect(completed("c3d_train", "--tensorb"), ["--tensorboard"], "c3d_train --tensorb")
    expect(completed("c3d_train", "--tensorboard", "bash-"), ["bash-completion"], "c3d_train --tensorboard, a folder")
if "c3d_infer" in tools:
    expect(completed("c3d_infer", "--features", "fc"), ["fc6", "fc7", "fc8"], "c3d_infer --features fc")
    expect(completed("c3d_infer", "--batch", ""), [], "a number")
    expect(completed("c3d_infer", "bash-"), ["bash-completion"], "a video's path")
    expect(completed("c3d_infer", "eval"), ["evaluate"], "a command of c3d_infer")
    expect(sorted(completed("c3d_infer", "")), sorted(["evaluate", "match", "merge", *os.listdir(share)]), "commands and videos")
    expect(completed("c3d_infer", "evaluate", "--conf"), ["--confusion", "--confusion-picture"], "c3d_infer evaluate --conf")
    expect(completed("c3d_infer", "evaluate", "bash-"), ["bash-completion"], "a list's path")
    expect(completed("c3d_infer", "match", "--recipe"), ["--recipe-out"], "c3d_infer match --recipe")
    expect(completed("c3d_infer", "evaluate", "--over"), [], "options of another command")
    expect(completed("c3d_infer", "a.mp4", "evaluate", "--conf"), [], "a command that is not the first word")
if "c3d_weights" in tools:
    expect(completed("c3d_weights", ""), ["inspect", "convert", "export-hub", "verify", "calibrate"], "c3d_weights")
    expect(completed("c3d_weights", "convert", "--re"), ["--reinit"], "c3d_weights convert --re")
    expect(completed("c3d_weights", "inspect", "--re"), [], "c3d_weights inspect --re")
    expect(completed("c3d_weights", "convert", "--map", "p"), ["pvr"], "c3d_weights convert --map p")
for shell, folder, pattern in (("zsh", "zsh/site-functions", "_{}"), ("fish", "fish/vendor_completions.d", "{}.fish")):
    if not shutil.which(shell):
        print(f"{shell}'s files are not read: there is no {shell}")
        continue
    for tool in tools:
        done = subprocess.run([shell, "-n", share / folder / pattern.format(tool)], text=True, capture_output=True)
        if done.returncode != 0 or done.stderr:
            problems.append(f"{shell} -n: {tool}: {done.stderr}")
print("\n".join(problems) or f"{len(tools)} tools")
sys.exit(1 if problems else 0)
