"""Change the urls of blogs, and merge blogs. (`dimensions` finds and creates them.)"""

from collections.abc import Mapping

from analytics import database


def stored_urls() -> list[tuple[int, str, bool]]:
    """Return the blogs with a url, in the order of their ids: id, url, and whether an import created it."""
    return database.rows("SELECT id, url, is_imported FROM analytics_blog WHERE url <> '' ORDER BY id")


def rename(urls: Mapping[int, str]) -> None:
    """Give blogs other urls, which no other blog has."""
    if urls:
        given, params = database.table(["blog", "new"], list(urls.items()), ["bigint", "text"])
        database.execute(f"UPDATE analytics_blog SET url = new FROM {given} WHERE id = blog", params)


def merge(merged: Mapping[int, int]) -> int:
    """Move the views of blogs to other blogs, delete the former, and return the number of views moved. Triggers mark
    the days of the views as stale. An imported blog is as old as the oldest of those merged into it."""
    if not merged:
        return 0
    given, params = database.table(["old", "new"], list(merged.items()), ["bigint", "bigint"])
    moved = database.execute(
        f"UPDATE analytics_blogview SET blog_id = given.new FROM {given} WHERE blog_id = given.old", params
    )
    database.execute(
        f"""UPDATE analytics_blog AS blog SET created_at = first.at
            FROM (SELECT given.new AS id, min(old.created_at) AS at
                  FROM {given} JOIN analytics_blog AS old ON old.id = given.old GROUP BY given.new) AS first
            WHERE blog.id = first.id AND blog.is_imported AND blog.created_at > first.at""",
        params,
    )
    wanted, ids = database.one_of("id", merged)
    database.execute(f"DELETE FROM analytics_blog WHERE {wanted}", ids)
    return moved
