"""The body of a Python peer's process; `../side.ts` is the same for ours.

A peer's script ends with `serve(open_side)`. `open_side(input)` loads everything and returns `(run, save)`: `run()` is what
is timed, and may return figures for the table, or `seconds` of its own where only a part counts; `save(path)` writes what
the last run gave.
"""

import json
import sys
import time


def serve(open_side):
    # Libraries print on stdout, too; replies go where they went before.
    replies = sys.stdout
    sys.stdout = sys.stderr
    run, save = open_side(json.loads(sys.argv[1]))

    def answer(reply):
        print(json.dumps(reply), file=replies, flush=True)

    answer({"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "save":
            save(request["path"])
            answer({"saved": True})
            continue
        started = time.perf_counter()
        told = run()
        values = {"seconds": time.perf_counter() - started, **(told or {})}
        answer({"seconds": values.pop("seconds"), "values": values})
