#!/bin/sh
# Says what the last run of ctest left out, and why: skipped_tests.sh BUILD_FOLDER. A program of many cases passes though some of
# them could not run here.
set -eu
log=$1/Testing/Temporary/LastTest.log
cases=$(sed -n 's/.*assertions\{0,1\} in \([0-9]*\) test cases\{0,1\}).*/\1/p' "$log" | awk '{ sum += $1 } END { print sum + 0 }')
skipped=$(grep -c '^SKIPPED: ' "$log" || true)
echo "$cases test cases passed, $skipped were skipped here:"
sed -n 's/^SKIPPED: //p' "$log" | sort | uniq -c | sort -rn
