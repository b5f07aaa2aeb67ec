"""Write tracker.min.js from tracker.js, by esbuild as Deno runs it: `make tracker`.

Its first line names the source by a digest, so that a test notices a change that was not minified.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

SOURCE = Path("analytics/ingest/api/tracker.js")
HEADER = "// Page views, without cookies. Minified from tracker.js {digest}\n"


def main() -> None:
    deno = Path(sys.executable).with_name("deno")
    run = subprocess.run([deno, "bundle", "--quiet", "--minify", SOURCE], check=True, stdout=subprocess.PIPE)
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:12]
    SOURCE.with_suffix(".min.js").write_bytes(HEADER.format(digest=digest).encode() + run.stdout.strip() + b"\n")


if __name__ == "__main__":
    main()
