"""`python -m analytics.tests.processes.killed_import STEP FILE` imports in small batches, and kills itself with SIGKILL
once STEP is done."""

import sys

from analytics.tests.processes.killed_after import die_after

STEPS = {
    "a batch is read": ("analytics.sources.files.line_reader", "LineReader.read", 3),
    "the turn is taken": ("analytics.ingest.store.import_progress", "newest", 4),
    "blogs are made": ("analytics.warehouse.store.dimensions", "add_blogs", 2),
    "views are written": ("analytics.warehouse.store.bulk_blog_views", "add", 3),
    "the place is noted": ("analytics.ingest.store.import_progress", "add", 3),
    "a batch is committed": ("analytics.ingest.flow.import_views", "ImportReport.add", 3),
    "all is committed": ("analytics.ingest.flow.import_views", "import_views", 1),
}
"""Module, function, and the number of the call after which the process is killed. `newest` is called once before the
first batch."""
BATCH_LINES = 50


def main(step: str, file: str) -> None:
    import django
    from django.core.management import call_command

    django.setup()
    from analytics.sources.files import resumable_file

    resumable_file.BATCH_LINES = BATCH_LINES
    die_after(*STEPS[step])
    call_command("import_views", file)


if __name__ == "__main__":
    main(*sys.argv[1:])
