#!/bin/sh
# Every night: a whole backup and the list of what was withdrawn; none older than two weeks; then
# whether tallies and ledger agree, and whether a name stands where none may.
# Usage: deploy/nightly.sh FOLDER, as the user who runs the site. Status 1 if anything is wrong.
set -eu
umask 077
folder=$1
cd "$(dirname "$0")/.."
python=.venv/bin/python

file="$folder/advocacy-$(date -u +%Y-%m-%dT%H%M%S).tar.gz"
"$python" manage.py backup "$file"
"$python" manage.py backup --check "$file"
"$python" manage.py withdrawals export > "$folder/.withdrawals"
mv "$folder/.withdrawals" "$folder/withdrawals"
find "$folder" -name 'advocacy-*.tar.gz' -mtime +14 -delete

status=0
# Which petitions there are is nothing for a journal.
"$python" manage.py recount > /dev/null || { echo 'Numbers differ: manage.py recount'; status=1; }
"$python" manage.py stafflog check || status=1
"$python" manage.py check_names || status=1
exit "$status"
