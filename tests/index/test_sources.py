from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.config import ChunkSettings
from rag.errors import CollectionNotFound, DocumentError, UsageError
from rag.index.ingest import ingest, remove, restore
from rag.index.ingest_report import IngestReport
from rag.index.sources import SourceReport, Sources
from rag.index.sqlite_store import FILE, SqliteStore
from rag.sources.source import Source
from tests.documents.archive_files import zipped
from tests.doubles import HashEmbedder
from tests.sources.web_site import Reply, Site, served

SETTINGS = ChunkSettings(size=32, overlap=4)
BRIDGE = "Cầu Rồng ở Đà Nẵng dài 666 mét, bắc qua sông Hàn."
STATION = "Ga Hà Nội ở phố Lê Duẩn được xây năm 1902."


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr("rag.sources.http_client.PAUSE", 0.0)
    with served() as found:
        yield found


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def model() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture
def sources(index: Path, model: HashEmbedder) -> Sources:
    return Sources(index, lambda: model, SETTINGS)


def put(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def added(sources: Sources, *places: str | Path) -> SourceReport:
    """What adding a source, and bringing it in, did."""
    (source,) = sources.add(list(places), allow_private=True)
    return synced(sources, source.place)


def synced(sources: Sources, *places: str) -> SourceReport:
    (report,) = sources.sync(places or None)
    return report


def held(index: Path) -> dict[str, str]:
    store = SqliteStore(index)
    texts = {each.id: store.article(each.id) for each in store.articles()}
    return {name: article.text for name, article in texts.items() if article}


def generation(index: Path) -> int:
    return SqliteStore(index).manifest().generation


def feed(site: Site, *entries: tuple[str, str], path: str = "/rss", **headers: str) -> str:
    items = "".join(f"<item><title>{title}</title><link>{link}</link></item>" for title, link in entries)
    xml = f"<rss version='2.0'><channel><title>Báo</title>{items}</channel></rss>"
    return site.put(path, xml.encode(), "application/rss+xml", **headers)


def sitemap(site: Site, *urls: tuple[str, str]) -> str:
    said = "".join(f"<url><loc>{loc}</loc>{last and f'<lastmod>{last}</lastmod>'}</url>" for loc, last in urls)
    return site.put("/sitemap.xml", f"<urlset>{said}</urlset>".encode(), "text/xml")


# Addresses


def test_an_address_is_ingested(site: Site, index: Path) -> None:
    address = site.page("/cau?id=1", "Cầu Rồng", BRIDGE)
    report = ingest(index, f"{address}#đoạn-2", HashEmbedder(), SETTINGS, allow_private=True)
    assert report == IngestReport(added=(address,))
    article = SqliteStore(index).article(address)
    assert article
    assert (article.id, article.source, article.title) == (address, address, "Cầu Rồng")
    assert SqliteStore(index).origin(address) == address
    before = generation(index)
    assert ingest(index, address, HashEmbedder(), SETTINGS, allow_private=True) == IngestReport(unchanged=(address,))
    assert generation(index) == before
    site.page("/cau?id=1", "Cầu Rồng", STATION)
    assert ingest(index, address, HashEmbedder(), SETTINGS, allow_private=True) == IngestReport(updated=(address,))
    assert STATION in held(index)[address]
    assert BRIDGE not in held(index)[address]


def test_files_and_addresses_go_in_together_and_each_failure_is_told(site: Site, index: Path, tmp_path: Path) -> None:
    file = put(tmp_path / "docs", "a.txt", "Bài a\n\nCâu a.")
    one, two = site.page("/1", "Cầu Rồng", BRIDGE), site.at("/không-có")
    report = ingest(index, [file, one, two], HashEmbedder(), SETTINGS, allow_private=True)
    assert report.added == ("a.txt", one)
    assert [error.reason for error in report.failed] == ["holds nothing (404 or 410); check the address"]


def test_this_machine_is_refused_unless_it_is_allowed(site: Site, index: Path, sources: Sources) -> None:
    address = site.page("/1", "Cầu Rồng", BRIDGE)
    report = ingest(index, address, HashEmbedder(), SETTINGS)
    assert "--allow-private" in report.failed[0].reason
    with pytest.raises(DocumentError, match="private network"):
        sources.add(address)
    assert site.asked == []
    assert not (index / FILE).exists()


@pytest.mark.parametrize("address", ["ftp://bao.example/a", "http://a:b@bao.example/"])
def test_what_is_no_web_address_is_wrong_use(index: Path, sources: Sources, address: str) -> None:
    for call in (lambda: ingest(index, address, HashEmbedder(), SETTINGS), lambda: sources.add(address)):
        with pytest.raises(UsageError, match="is not read"):
            call()


def test_links_in_pages_are_not_followed(site: Site, index: Path) -> None:
    link = f"{BRIDGE} <a href='{site.page('/khac', 'Khác', STATION)}'>Xem thêm</a>"
    ingest(index, site.page("/1", "Cầu Rồng", link), HashEmbedder(), SETTINGS, allow_private=True)
    assert site.pages() == ["/1"]


def test_an_address_as_a_source(site: Site, index: Path, sources: Sources, model: HashEmbedder) -> None:
    address = site.page("/1", "Cầu Rồng", BRIDGE, ETag='"1"')
    assert added(sources, address).report == IngestReport(added=(address,))
    once, before = len(model.embedded), generation(index)
    assert synced(sources).report == IngestReport(unchanged=(address,))
    assert site.headers[-1]["if-none-match"] == '"1"'
    assert (len(model.embedded), generation(index)) == (once, before), "what has not changed costs nothing"
    site.page("/1", "Cầu Rồng", STATION, ETag='"2"')
    assert synced(sources).report == IngestReport(updated=(address,))
    assert BRIDGE not in held(index)[address]


@pytest.mark.parametrize("status", [404, 410])
def test_an_address_that_is_gone_goes_and_one_that_fails_stays(
    site: Site, index: Path, sources: Sources, status: int
) -> None:
    address = site.page("/1", "Cầu Rồng", BRIDGE)
    added(sources, address)
    for failing in (Reply(b"", status=500), Reply(b"", status=403), Reply(b"PNG", "image/png"), Reply(b"")):
        site.replies["/1"] = failing
        report = synced(sources)
        assert (report.report.removed, len(report.report.failed)) == ((), 1)
        assert report.source.failure
        assert address in held(index)
    site.replies["/1"] = Reply(b"", status=status)
    assert synced(sources).report == IngestReport(removed=(address,))
    assert held(index) == {}
    assert "holds nothing" in synced(sources).report.failed[0].reason
    site.page("/1", "Cầu Rồng", BRIDGE)
    assert synced(sources).report == IngestReport(added=(address,))


def test_a_damaged_article_is_sent_again(site: Site, index: Path, sources: Sources) -> None:
    address = site.page("/1", "Cầu Rồng", BRIDGE, ETag='"1"')
    added(sources, address)
    with sqlite3.connect(index / FILE) as connection:
        connection.execute("UPDATE articles SET text = replace(text, '666', '999')")
    connection.close()
    assert synced(sources).report == IngestReport(updated=(address,))
    assert "666" in held(index)[address]


def test_a_removed_address_stays_away_until_it_is_restored(site: Site, index: Path, sources: Sources) -> None:
    address = site.page("/1", "Cầu Rồng", BRIDGE, ETag='"1"')
    added(sources, address)
    remove(index, address)
    assert synced(sources).report == IngestReport()
    site.page("/1", "Cầu Rồng", STATION, ETag='"2"')
    assert synced(sources).report.left_out == (address,)
    assert held(index) == {}
    with pytest.raises(DocumentError, match="private network"):
        restore(index, address, HashEmbedder(), SETTINGS)
    assert restore(index, address, HashEmbedder(), SETTINGS, allow_private=True).added == (address,)
    assert synced(sources).report == IngestReport(unchanged=(address,))
    remove(index, address)
    assert ingest(index, address, HashEmbedder(), SETTINGS, allow_private=True).added == (address,), "it is asked for"


def test_an_archive_at_an_address_loses_nothing_to_a_broken_file_or_to_being_the_same(
    site: Site, index: Path, sources: Sources
) -> None:
    def put_archive(second: str, etag: str) -> str:
        files = ("a.txt", b"A\n\nMot."), ("b.txt", second.encode()), ("c.txt", b"C\n\nBa.")
        return site.put("/bai.zip", zipped(*files), "application/zip", ETag=etag)

    address = put_archive("B\n\nHai.", '"1"')
    added(sources, address)
    remove(index, f"{address}/c.txt")
    assert synced(sources).report == IngestReport(unchanged=(f"{address}/a.txt", f"{address}/b.txt"))
    assert [each.origin for each in SqliteStore(index).removed_articles()] == [address]
    put_archive("", '"2"')
    report = synced(sources).report
    assert (report.removed, report.left_out) == ((), (f"{address}/c.txt",))
    assert [error.place for error in report.failed] == [f"{address}/b.txt"]
    assert held(index).keys() == {f"{address}/a.txt", f"{address}/b.txt"}


def test_a_feed_brings_its_entries(site: Site, index: Path, sources: Sources) -> None:
    one, two = site.page("/1", "Cầu Rồng", BRIDGE), site.page("/2", "Ga Hà Nội", STATION)
    found = added(sources, feed(site, ("Một", "/1"), ("Hai", "/2"), ETag='"f"'))
    assert (found.source.kind, found.report) == ("feed", IngestReport(added=(one, two)))
    site.asked.clear()
    before = generation(index)
    assert synced(sources).report == IngestReport()
    assert site.pages() == ["/rss"], "the feed alone is asked, and says that nothing is new"
    three = site.page("/3", "Ba", "Sông Hồng dài 1.149 km, chảy qua Việt Nam 510 km.")
    feed(site, ("Ba", "/3"), ("Hai", "/2"), ETag='"g"')
    site.asked.clear()
    assert synced(sources).report == IngestReport(added=(three,))
    assert site.pages() == ["/rss", "/3"]
    assert held(index).keys() == {one, two, three}, "what has left the feed stays"
    assert generation(index) == before + 1


def test_an_entry_that_says_it_changed_is_read_again(site: Site, index: Path, sources: Sources) -> None:
    one = site.page("/1", "Cầu Rồng", BRIDGE)
    added(sources, feed(site, ("Một", "/1")))
    site.page("/1", "Cầu Rồng", STATION)
    assert synced(sources).report == IngestReport(), "its feed says nothing of a change"
    feed(site, ("Một (cập nhật)", "/1"))
    assert synced(sources).report == IngestReport(updated=(one,))


def test_a_broken_entry_is_told_and_the_rest_goes_in(site: Site, index: Path, sources: Sources) -> None:
    one = site.page("/1", "Cầu Rồng", BRIDGE)
    site.put("/anh", b"PNG", "image/png")
    site.replies["/loi"] = Reply(b"", status=500)
    entries = ("Ảnh", "/anh"), ("Lỗi", "/loi"), ("Không", "/khong"), ("Tệp", "file:///etc/passwd"), ("Một", "/1")
    report = added(sources, feed(site, *entries)).report
    assert report.added == (one,)
    told = " ".join(map(str, report.failed))
    for part in ("image/png", "status 500", "holds nothing", "leads nowhere"):
        assert part in told


def test_a_feed_goes_on_where_an_outage_ended_it(site: Site, index: Path, sources: Sources) -> None:
    one, two, three = (site.page(f"/{n}", f"Bài {n}", f"{BRIDGE} Bài số {n}.") for n in (1, 2, 3))
    added(sources, feed(site, ("Một", "/1"), ETag='"f"'))
    feed(site, ("Hai", "/2"), ETag='"g"')
    site.replies["/2"].status = 503
    assert len(synced(sources).report.failed) == 1
    site.down = True
    report = synced(sources)
    assert "robots.txt answered with the status 503" in report.report.failed[0].reason
    assert (len(report.report.removed), set(held(index))) == (0, {one})
    site.down = False
    site.page("/2", "Bài 2", f"{BRIDGE} Bài số 2.")
    feed(site, ("Ba", "/3"), ETag='"h"')  # the entry is no longer announced
    assert set(synced(sources).report.added) == {two, three}
    site.asked.clear()
    assert synced(sources).report == IngestReport()
    assert site.pages() == ["/rss"]


def test_what_a_feed_leads_to_is_checked_too(site: Site, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.sources.http_client.is_public", lambda ip: ip == "127.0.0.1")
    sources = Sources(index, HashEmbedder, SETTINGS)
    one = site.page("/1", "Cầu Rồng", BRIDGE)
    sources.add(feed(site, ("Trong", f"http://127.0.0.2:{site.port}/1"), ("Một", "/1")))
    report = synced(sources).report
    assert (report.added, len(report.failed)) == ((one,), 1)
    assert "127.0.0.2, of this machine" in report.failed[0].reason


def test_a_feed_that_is_gone_keeps_what_it_brought(site: Site, index: Path, sources: Sources) -> None:
    one = site.page("/1", "Cầu Rồng", BRIDGE)
    address = added(sources, feed(site, ("Một", "/1"))).source.place
    del site.replies["/rss"]
    report = synced(sources)
    assert (len(report.report.removed), set(held(index))) == (0, {one})
    assert report.source.failure.startswith(address)


def test_an_entry_removed_by_its_id_stays_away(site: Site, index: Path, sources: Sources) -> None:
    one = site.page("/1", "Cầu Rồng", BRIDGE)
    added(sources, feed(site, ("Một", "/1")))
    remove(index, one)
    feed(site, ("Một, cập nhật", "/1"))
    assert synced(sources).report.left_out == (one,)
    assert held(index) == {}


def test_long_lists_go_in_bit_by_bit(
    site: Site, index: Path, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.index.sources._BATCH", 2)
    for number in range(5):
        site.page(f"/{number}", f"Bài {number}", f"{BRIDGE} Bài số {number}.")
    sources.add(feed(site, *((f"Bài {n}", f"/{n}") for n in range(5))), allow_private=True)

    def stop(stage: str, done: int, _: int) -> None:
        if (stage, done) == ("reading", 3):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(sources.sync(progress=stop))
    assert len(held(index)) == 2
    site.asked.clear()
    assert len(synced(sources).report.added) == 3
    assert site.pages() == ["/rss", "/2", "/3", "/4"]


# Sitemaps


def test_a_sitemap_tells_what_changed_and_what_is_gone(site: Site, index: Path, sources: Sources) -> None:
    one, two, three = (site.page(f"/{n}", f"Bài {n}", f"{BRIDGE} Bài số {n}.") for n in (1, 2, 3))
    found = added(sources, sitemap(site, ("/1", "2024-01-01"), ("/2", "2024-01-01"), ("/3", "2024-01-01")))
    assert (found.source.kind, found.report.added) == ("sitemap", (one, two, three))
    site.asked.clear()
    sitemap(site, ("/1", "2024-02-01"))
    site.page("/1", "Bài 1", STATION)
    del site.replies["/2"]  # the third is not listed any more, and still there
    assert synced(sources).report == IngestReport(updated=(one,), unchanged=(three,), removed=(two,))
    assert set(site.pages()) == {"/sitemap.xml", "/1", "/2", "/3"}
    assert held(index).keys() == {one, three}


# Files


def test_a_folder_stays_in_step(tmp_path: Path, index: Path, sources: Sources) -> None:
    docs = put(tmp_path / "docs", "a.txt", "Bài a\n\nCâu a.").parent
    put(docs, "b.txt", "Bài b\n\nCâu b.")
    found = added(sources, docs)
    assert (found.source, found.report.added) == (
        Source(str(docs), "folder", synced=found.source.synced),
        ("a.txt", "b.txt"),
    )
    put(docs, "a.txt", "Bài a\n\nCâu khác.")
    (docs / "b.txt").unlink()
    put(docs, "c.txt", "Bài c\n\nCâu c.")
    assert synced(sources).report == IngestReport(added=("c.txt",), updated=("a.txt",), removed=("b.txt",))
    remove(index, "c.txt")
    assert synced(sources).report.left_out == ("c.txt",)


def test_a_removed_file_that_is_a_source_stays_away(tmp_path: Path, index: Path, sources: Sources) -> None:
    added(sources, put(tmp_path, "a.txt", "Bài a\n\nCâu a."))
    remove(index, "a.txt")
    assert synced(sources).report.left_out == ("a.txt",)


def test_a_source_that_fails_loses_nothing_and_the_others_go_on(
    site: Site, tmp_path: Path, index: Path, sources: Sources
) -> None:
    docs = put(tmp_path / "docs", "a.txt", "Bài a\n\nCâu a.").parent
    more = put(tmp_path / "more", "m.txt", "Bài m\n\nCâu m.").parent
    address = site.page("/1", "Cầu Rồng", BRIDGE)
    sources.add([docs, address, more], allow_private=True)
    list(sources.sync())
    shutil.rmtree(docs)
    site.down = True
    put(more, "n.txt", "Bài n\n\nCâu n.")
    reports = {each.source.place: each for each in sources.sync()}
    assert [bool(reports[place].report.failed) for place in (str(docs), address, str(more))] == [True, True, False]
    assert held(index).keys() == {"a.txt", address, "m.txt", "n.txt"}
    told = {each.place: each.failure for each in sources.list()}
    assert "no such file or folder" in told[str(docs)]
    assert "503" in told[address]
    assert told[str(more)] == ""


# What is remembered


def test_sources_are_listed_and_forgotten(tmp_path: Path, index: Path, sources: Sources) -> None:
    with pytest.raises(CollectionNotFound):
        sources.list()
    one = put(tmp_path / "one", "a.txt", "Bài a\n\nCâu a.").parent
    two = put(tmp_path / "two", "b.txt", "Bài b\n\nCâu b.").parent
    sources.add([two, one])
    assert [each.synced for each in sources.list()] == [None, None]
    sources.add(one)
    list(sources.sync(str(one)))
    assert [(each.place, each.synced is None) for each in sources.list()] == [(str(one), False), (str(two), True)]
    with pytest.raises(UsageError, match="is no source"):
        sources.remove([str(one), str(tmp_path)])
    with pytest.raises(UsageError, match="is no source"):
        list(sources.sync(str(tmp_path)))
    sources.remove(str(one))
    assert [each.place for each in sources.list()] == [str(two)]
    assert held(index).keys() == {"a.txt"}, "its articles stay"


def test_what_is_not_there_or_of_another_kind_is_no_source(site: Site, tmp_path: Path, sources: Sources) -> None:
    docs = put(tmp_path / "docs", "a.txt", "Bài a\n\nCâu a.").parent
    for place, kind in ((tmp_path / "nowhere", None), (docs, "feed"), (site.at("/1"), "folder")):
        with pytest.raises(UsageError):
            sources.add(place, kind)  # type: ignore[arg-type]
    with pytest.raises(DocumentError, match="holds nothing"):
        sources.add([docs, site.at("/không-có")], allow_private=True)
    with pytest.raises(CollectionNotFound):
        sources.list()


def test_a_kind_that_is_given_is_not_asked_for(site: Site, sources: Sources) -> None:
    sources.add(site.at("/rss"), "feed", allow_private=True)
    assert (site.asked, sources.list()) == ([], [Source(site.at("/rss"), "feed", allow_private=True)])


def test_a_collection_from_before_there_were_sources(tmp_path: Path, index: Path, sources: Sources) -> None:
    docs = put(tmp_path / "docs", "a.txt", "Bài a\n\nCâu a.").parent
    ingest(index, docs, HashEmbedder(), SETTINGS)
    assert sources.list() == []
    assert list(sources.sync()) == []
    assert added(sources, docs).report == IngestReport(unchanged=("a.txt",))


def test_sources_are_listed_where_nothing_can_be_written(tmp_path: Path, index: Path, sources: Sources) -> None:
    added(sources, put(tmp_path / "docs", "a.txt", "Bài a\n\nCâu a.").parent)
    for path in (index, *index.glob("hoidap.sqlite*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert len(sources.list()) == 1
    finally:
        index.chmod(0o755)
