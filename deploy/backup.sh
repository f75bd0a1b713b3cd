#!/bin/sh
# Copies what of a home cannot be made again to a folder of its own, which is a home, too: backup.sh HOME FOLDER
# The ledger first, then the volumes, which only grow: so the copy holds every body that its ledger names. It may run
# beside the scheduler. What is there of an earlier copy is replaced only by what is whole.
set -eu
[ $# = 2 ] || { echo "usage: $0 HOME FOLDER" >&2; exit 2; }
home=$1 copy=$2
python=$(dirname "$0")/../.venv/bin/python
mkdir -p "$copy/data/warc" "$copy/portals"

rm -f "$copy/data/ledger.db.partial"
"$python" - "$home/data/ledger.db" "$copy/data/ledger.db.partial" <<'PYTHON'
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

source, copy = (Path(one).absolute() for one in sys.argv[1:])
with closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True, timeout=60)) as db:
    db.execute("VACUUM INTO ?", [str(copy)])
with closing(sqlite3.connect(copy)) as db:
    found = db.execute("PRAGMA integrity_check").fetchall() + db.execute("PRAGMA foreign_key_check").fetchall()
if found != [("ok",)]:
    sys.exit(f"the copy of the ledger is not whole: {found[:3]}")
PYTHON
sync "$copy/data/ledger.db.partial"
rm -f "$copy/data/ledger.db-wal" "$copy/data/ledger.db-shm"
mv "$copy/data/ledger.db.partial" "$copy/data/ledger.db"

for volume in "$home"/data/warc/*.warc.gz; do
    [ -e "$volume" ] || continue
    there="$copy/data/warc/${volume##*/}"
    [ "$(stat -c %s "$volume")" = "$(stat -c %s "$there" 2>/dev/null)" ] && continue
    cp -p "$volume" "$there.partial"
    sync "$there.partial"
    mv "$there.partial" "$there"
done

cp -p "$home/nianbao.toml" "$copy/"
for entry in "$home"/portals/*.toml; do
    if [ -e "$entry" ]; then cp -p "$entry" "$copy/portals/"; fi
done
echo "copied to $copy"
