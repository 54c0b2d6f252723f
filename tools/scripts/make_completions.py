"""make_completions.py TOOL SHELL OUT ...: the files that let bash, zsh and fish complete a tool's options and their values,
from the table that it prints for --option-table (tools/shared/option_table.h). SHELL OUT may be repeated."""
import dataclasses
import pathlib
import re
import subprocess
import sys

NO_FILES = ("UINT", "INT", "FLOAT", "MB", "SECONDS", "NAME", "NAMES", "RULE", "BOOLEAN", "ENUM", "LAYER...")


@dataclasses.dataclass
class Option:
    command: str  # that it belongs to; empty: the tool itself
    names: list
    takes_value: bool
    may_stand_alone: bool  # without its value
    repeats: bool
    values: list  # that are known by name
    takes_files: bool  # a path may be its value
    help: str

    @property
    def is_positional(self):
        return not self.names[0].startswith("-")


def known_values(kind):
    """"TEXT:{a,b}", "ENUM:a|b" and "a|b[:N]|FILE": a and b."""
    braces = re.search(r"{(.*)}", kind)
    if braces:
        return braces[1].split(",")
    if "|" not in kind:
        return []
    words = [re.sub(r"\[.*\]", "", word) for word in re.sub(r"^[A-Z]+:", "", kind).split("|")]
    return [word for word in words if re.fullmatch(r"[a-z0-9][a-z0-9_.-]*", word) and word != "path"]


def may_be_path(kind, values):
    if values:
        return bool(re.search(r"\|(FILE|path)\b", kind))
    return re.split(r"[:=]", kind)[0].strip() not in NO_FILES


def read_table(tool):
    options, commands = [], {}
    for line in subprocess.run([tool, "--option-table"], check=True, capture_output=True, text=True).stdout.splitlines():
        command, names, count, kind, text = line.split("\t")
        if count == "command":
            commands[names] = text
            continue
        values = known_values(kind)
        options.append(Option(command, names.split(","), count != "0", count == "maybe", count == "many", values,
                              count != "0" and may_be_path(kind, values), text))
    return options, commands


def short(text):
    """What fits beside a name: the first part of a help text."""
    first = re.split(r"; | \[", text)[0]
    text = first if " " in first else text
    return text if len(text) <= 90 else text[:87] + "..."


def names_of(options):
    return [name for option in options if not option.is_positional for name in option.names]


def bash(name, options, commands):
    cases = []
    for option in options:
        if option.is_positional or not option.takes_value:
            continue
        patterns = "|".join(f"{option.command}:{each}" for each in option.names)
        steps = []
        if option.values:
            steps.append(f"compgen -W '{' '.join(option.values)}' -- \"$word\"")
        if option.takes_files:
            steps.append('compgen -f -- "$word"')
        lines = [f"    {patterns})"]
        if option.takes_files:
            lines.append("      compopt -o filenames 2>/dev/null")
        if steps:
            lines.append(f"      mapfile -t COMPREPLY < <({'; '.join(steps)})")
        cases += [*lines, "      return ;;"]
    words = [f"    {command}) names='{' '.join(names_of(o for o in options if o.command == command))}' ;;"
             for command in ["''", *commands] if command != "''"]
    top = " ".join(names_of(option for option in options if not option.command))
    find_command = ""
    offer_command = ""
    takes_file = any(option.is_positional for option in options if not option.command)
    files = '; compgen -f -- "$word"' if takes_file else ""
    if commands:
        find_command = f"""
  # A command is the first word.
  if ((COMP_CWORD > 1)); then
    case ${{COMP_WORDS[1]}} in
      {'|'.join(commands)}) command=${{COMP_WORDS[1]}} ;;
    esac
  fi"""
        offer_command = f"""
  ((COMP_CWORD > 1)) || mapfile -t COMPREPLY < <(compgen -W '{' '.join(commands)}' -- "$word"{files})"""
    choose = f"""
  case $command in
{chr(10).join(words)}
  esac""" if commands else ""
    return f"""# bash's completion of {name}; made of its --option-table.
_{name}() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command= names='{top}'
  COMPREPLY=(){find_command}
  # --name=value comes as three words.
  if [[ $word == = ]]; then
    word=
  elif [[ $before == = && COMP_CWORD -ge 2 ]]; then
    before=${{COMP_WORDS[COMP_CWORD-2]}}
  fi
  case $command:$before in
{chr(10).join(cases)}
  esac{choose}
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$names" -- "$word")
    return
  fi
  compopt -o filenames 2>/dev/null{offer_command}
  [[ ${{#COMPREPLY[@]}} -gt 0 ]] || mapfile -t COMPREPLY < <(compgen -f -- "$word")
}}
complete -F _{name} {name}
"""


def zsh_quoted(text):
    return re.sub(r"([\[\]:\\])", r"\\\1", text).replace("'", "'\\''")


def zsh_arguments(options, ending):
    lines = []
    for option in options:
        value = ""
        if option.takes_value:
            action = f"({' '.join(option.values)})" if option.values else "_files" if option.takes_files else ""
            if option.values and option.takes_files:  # a blank in front: _arguments adds no arguments of its own
                action = f' _alternative "values\\:value\\:{action}" "files\\:file\\:_files"'
            value = f"{':' if option.may_stand_alone else ''}:value:{action}"
        if option.is_positional:
            lines.append(f"'{'*' if option.repeats else ''}:{zsh_quoted(option.names[0])}:_files'")
            continue
        star = "*" if option.repeats or "any number of times" in option.help else ""
        text = f"[{zsh_quoted(short(option.help))}]"
        for each in option.names:
            equals = "=" if option.takes_value and each.startswith("--") else ""
            lines.append(f"'{star}{each}{equals}{text}{value}'")
    return " \\\n    ".join(["_arguments -s -S" if not ending else "_arguments -s -S -C", *lines, *ending])


def zsh(name, options, commands):
    top = [option for option in options if not option.command]
    if not commands:
        return f"#compdef {name}\n# Made of its --option-table.\n_{name}() {{\n  {zsh_arguments(top, [])}\n}}\n_{name} \"$@\"\n"
    listed = "\n".join(f"    '{command}:{zsh_quoted(short(text))}'" for command, text in commands.items())
    takes_file = any(option.is_positional for option in top)
    top = [option for option in top if not option.is_positional]
    cases = "\n".join(f"    {command})\n  {zsh_arguments([o for o in options if o.command == command], [])}\n    ;;"
                      for command in commands)
    files = "  _files\n" if takes_file else ""
    # Without a command the first word was a file, and more may follow.
    if takes_file:
        cases += f"\n    *)\n  {zsh_arguments([option for option in options if not option.command], [])}\n    ;;"
    return f"""#compdef {name}
# Made of its --option-table.
_{name}_first() {{
  local -a commands=(
{listed}
  )
  _describe command commands
{files}}}
_{name}() {{
  local state line context
  typeset -A opt_args
  {zsh_arguments(top, ["'1: :_" + name + "_first'", "'*::argument:->rest'"])}
  [[ $state == rest ]] || return
  case $words[1] in
{cases}
  esac
}}
_{name} "$@"
"""


def fish_quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fish(name, options, commands):
    lines = [f"# fish's completion of {name}; made of its --option-table."]
    nothing_yet = f" -n 'not __fish_seen_subcommand_from {' '.join(commands)}'" if commands else ""
    for command, text in commands.items():
        lines.append(f"complete -c {name}{nothing_yet} -a {command} -d {fish_quoted(short(text))}")
    for option in options:
        if option.is_positional:
            continue
        where = f" -n '__fish_seen_subcommand_from {option.command}'" if option.command else nothing_yet
        names = " ".join(f"-l {each[2:]}" if each.startswith("--") else f"-s {each[1:]}" for each in option.names)
        value = ""
        if option.takes_value:
            value = " -r -F" if option.takes_files else " -x"
            if option.may_stand_alone:
                value = value.removeprefix(" -r")
            if option.values:
                value += f" -a '{' '.join(option.values)}'"
        lines.append(f"complete -c {name}{where} {names}{value} -d {fish_quoted(short(option.help))}")
    return "\n".join(lines) + "\n"


def main():
    tool = pathlib.Path(sys.argv[1])
    options, commands = read_table(tool)
    for shell, out in zip(sys.argv[2::2], sys.argv[3::2]):
        text = {"bash": bash, "zsh": zsh, "fish": fish}[shell](tool.name, options, commands)
        pathlib.Path(out).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
