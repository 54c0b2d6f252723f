#!/bin/sh
# The man page of a tool, from its --help and that of its commands, in the form that help2man reads.
#   man_page.sh TOOL VERSION SUMMARY OUT
set -eu
tool=$1 version=$2 summary=$3 out=$4
name=$(basename "$tool")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Names of an option with blanks between them; examples with a prompt; paragraphs, lists of settings and what CLI11
# calls groups apart from each other.
readable() {
  sed -E -e 's/^  -([a-z]),--/  -\1, --/' -e "s/^  ($name )/  \$ \1/" -e 's/^(Exit code:|What begins)/\n\1/' \
    -e 's/^ ([A-Z][a-z]+)$/\n\1:/' -e '/^Usage: .* SUBCOMMAND/!s/^(Positionals|Subcommands|Its options|[A-Z][a-z]+):$/\n\1:/'
}
{
  "$tool" --help | readable
  "$tool" --option-table | awk -F '\t' '$3 == "command" {print $2}' | while read -r command; do
    printf '\n*Command %s*\n\n' "$command"
    "$tool" "$command" --help | grep -v -e '--help' | sed -E -e 's/^Usage: /\nCommand line: /' -e 's/^Options:$/Its options:/' | readable
  done
} >"$folder/help"
printf '#!/bin/sh\nexec cat "%s/help"\n' "$folder" >"$folder/$name"
chmod +x "$folder/$name"
help2man --no-info --section 1 --source C3D --manual 'C3D' --version-string "$version" --name "$summary" \
  --output "$folder/page" "$folder/$name"
mv "$folder/page" "$out"
