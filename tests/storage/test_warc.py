"""WARC files: what went over the wire comes back byte by byte, others can read it, and a crash tears only a tail."""

import gzip
import resource
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
from warcio.archiveiterator import ArchiveIterator

from storage.records import WarcPlace
from storage.warc import Exchange, Headers, RevisitOf, TooLarge, WarcWriter, mend, read, records
from tests.storage.making import NOON

ROOT = Path(__file__).parents[2]
TEXT = "Парадак аказання паслуг сувязі. " * 40
HTML: Headers = ((b"Content-Type", b"text/html; charset=utf-8"),)


def exchange(**fields: Any) -> Exchange:
    usual: dict[str, Any] = {
        "url": "https://mpt.example/a",
        "at": NOON,
        "status_line": "HTTP/1.1 200 OK",
        "response_headers": HTML,
    }
    return Exchange(**(usual | {"body": TEXT.encode()} | fields))


def writer(folder: Path, max_bytes: int = 10**9) -> WarcWriter:
    return WarcWriter(folder, max_bytes=max_bytes, site="mpt", software="Letapis/0.1")


def written(folder: Path, *exchanges: Exchange) -> list[WarcPlace]:
    with writer(folder) as out:
        return [out.write(one) for one in exchanges]


def test_a_capture_is_read_back_by_its_place(tmp_path: Path) -> None:
    headers = (*HTML, (b"X-Name", "Мінск".encode("cp1251")), (b"Set-Cookie", b"a=1"), (b"Set-Cookie", b"b=2"))
    first, second = written(tmp_path, exchange(response_headers=headers), exchange(url="https://mpt.example/b"))
    stored = read(tmp_path, first)
    assert (stored.url, stored.at, stored.status, stored.body.decode()) == ("https://mpt.example/a", NOON, 200, TEXT)
    assert (stored.headers, stored.revisit, stored.truncated) == (headers, False, None)
    assert read(tmp_path, second).url == "https://mpt.example/b"


CODINGS = [
    pytest.param(b"gzip", gzip.compress(TEXT.encode()), id="gzip"),
    pytest.param(b"X-GZIP", gzip.compress(TEXT[:99].encode()) + gzip.compress(TEXT[99:].encode()), id="two members"),
    pytest.param(b"deflate", zlib.compress(TEXT.encode()), id="deflate"),
    pytest.param(b"deflate", zlib.compress(TEXT.encode())[2:-4], id="bare deflate"),
    pytest.param(b"br", brotli.compress(TEXT.encode()), id="br"),
    pytest.param(b"br, gzip", gzip.compress(brotli.compress(TEXT.encode())), id="gzip over br"),
    pytest.param(b"gzip", gzip.compress(TEXT.encode()) + b"\0\0\0", id="rubbish behind"),
    pytest.param(b"gzip", TEXT.encode(), id="says gzip, is plain"),
    pytest.param(b"br", TEXT.encode(), id="says br, is plain"),
    pytest.param(b"identity", TEXT.encode(), id="identity"),
    pytest.param(b"zz9", TEXT.encode(), id="nobody's coding"),
]


@pytest.mark.parametrize(("coding", "body"), CODINGS)
def test_a_body_is_kept_as_received_and_read_unpacked(tmp_path: Path, coding: bytes, body: bytes) -> None:
    (place,) = written(tmp_path, exchange(body=body, response_headers=((b"content-encoding", coding),)))
    assert read(tmp_path, place).body.decode() == TEXT
    assert body in gzip.decompress((tmp_path / place.file).read_bytes())


def test_of_a_body_cut_short_there_is_what_came(tmp_path: Path) -> None:
    packed = gzip.compress(TEXT.encode(), 0)[:900]
    cut = exchange(body=packed, response_headers=((b"Content-Encoding", b"gzip"),), truncated="disconnect")
    (place,) = written(tmp_path, cut)
    stored = read(tmp_path, place)
    assert stored.truncated == "disconnect"
    assert len(stored.body) > 800
    assert TEXT.encode().startswith(stored.body)


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        pytest.param(b"gzip", gzip.compress, id="gzip"),
        pytest.param(b"br", brotli.compress, id="br"),
        pytest.param(b"gzip, gzip", lambda body: gzip.compress(gzip.compress(body)), id="gzip in gzip"),
    ],
)
def test_a_bomb_is_not_unpacked(tmp_path: Path, coding: bytes, packed: Callable[[bytes], bytes]) -> None:
    bomb = packed(b"\0" * 30_000_000)
    (place,) = written(tmp_path, exchange(body=bomb, response_headers=((b"Content-Encoding", coding),)))
    with pytest.raises(TooLarge):
        read(tmp_path, place, max_bytes=1_000_000)


def test_any_warc_reader_finds_the_pairs_in_order_with_right_digests(tmp_path: Path) -> None:
    (first,) = written(tmp_path, exchange(ip="192.0.2.7", payload_digest="ab" * 32, truncated="length"))
    with (tmp_path / first.file).open("rb") as file:
        seen = []
        for record in ArchiveIterator(file, check_digests="raise"):
            content = record.content_stream().read()
            assert record.digest_checker.passed
            seen.append((record.rec_type, record.rec_headers, record.http_headers, content))
    (_, info, _, about), (_, answer, head, body), (_, request, asked, _) = seen
    assert [kind for kind, *_ in seen] == ["warcinfo", "response", "request"]
    assert b"software: Letapis/0.1" in about
    assert info.get_header("WARC-Filename") == first.file
    assert answer.protocol == "WARC/1.1"
    assert answer.get_header("WARC-Date") == "2026-03-01T12:00:00.123457Z"
    assert answer.get_header("WARC-IP-Address") == "192.0.2.7"
    assert answer.get_header("WARC-Truncated") == "length"
    assert answer.get_header("Letapis-Body-Digest") == "sha256:" + "ab" * 32
    assert (head.get_statuscode(), body.decode()) == ("200", TEXT)
    assert request.get_header("WARC-Concurrent-To") == answer.get_header("WARC-Record-ID")
    assert str(asked.protocol) == "GET"


@pytest.mark.parametrize(
    ("fields", "profile"),
    [
        pytest.param({"status_line": "HTTP/1.1 304 Not Modified", "body": b""}, "server-not-modified", id="304"),
        pytest.param({}, "identical-payload-digest", id="same bytes"),
    ],
)
def test_a_revisit_refers_to_its_original_and_holds_no_body(
    tmp_path: Path, fields: dict[str, Any], profile: str
) -> None:
    with writer(tmp_path) as out:
        original = exchange()
        first = out.write(original)
        of = RevisitOf(place=first, url=original.url, at=original.at)
        again = out.write(exchange(at=NOON + timedelta(days=1), revisit_of=of, **fields))
    stored = read(tmp_path, again)
    assert (stored.revisit, stored.body, stored.headers) == (True, b"", HTML)
    assert stored.refers_to == (original.url, original.at)
    with (tmp_path / again.file).open("rb") as file:
        file.seek(again.offset)
        record = next(iter(ArchiveIterator(file)))
    assert record.rec_type == "revisit"
    assert record.rec_headers.get_header("WARC-Profile").endswith(f"/warc/1.1/revisit/{profile}")
    assert again.length < 700


def test_a_hostile_answer_stays_inside_its_record(tmp_path: Path) -> None:
    hostile = exchange(
        url="https://mpt.example/ж\r\nWARC-Type: resource\r\n\r\n",
        status_line="HTTP/1.1 200 OK\r\nX-Evil: 1",
        response_headers=((b"A\r\nB", b"c\r\n\r\nd"), (b"Transfer-Encoding", b"chunked")),
        body=b"\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\n\r\n",
    )
    first, _ = written(tmp_path, hostile, exchange())
    entries = list(records(tmp_path / first.file))
    assert [entry.type for entry in entries] == ["warcinfo", "response", "request", "response", "request"]
    assert [entry.problem for entry in entries] == [None] * 5
    stored = read(tmp_path, first)
    assert stored.body == hostile.body
    assert stored.headers == ((b"A B", b"c d"), (b"X-Archive-Orig-Transfer-Encoding", b"chunked"))
    assert stored.url.startswith("https://mpt.example/ж%0D%0A")


def test_secrets_of_a_request_are_not_archived(tmp_path: Path) -> None:
    sent = ((b"User-Agent", b"Letapis"), (b"Cookie", b"token=1"), (b"Authorization", b"Basic Zzz"))
    (place,) = written(tmp_path, exchange(request_headers=sent, url="https://mpt.example/ж?q=1#part"))
    content = gzip.decompress((tmp_path / place.file).read_bytes())
    assert b"GET /%D0%B6?q=1 HTTP/1.1\r\nUser-Agent: Letapis\r\n\r\n" in content
    assert b"token" not in content
    assert b"Zzz" not in content


def test_a_full_file_is_followed_by_another(tmp_path: Path) -> None:
    with writer(tmp_path, max_bytes=1500) as out:
        places = [out.write(exchange()) for _ in range(6)]
    assert len({place.file for place in places}) > 1
    assert {path.name for path in tmp_path.iterdir()} == {place.file for place in places}
    for place in places:
        assert read(tmp_path, place).body.decode() == TEXT
        assert next(records(tmp_path / place.file)).type == "warcinfo"


def test_writers_never_share_a_file(tmp_path: Path) -> None:
    with writer(tmp_path) as one, writer(tmp_path) as two:
        assert one.write(exchange()).file != two.write(exchange()).file


def test_nothing_fetched_leaves_no_file(tmp_path: Path) -> None:
    with writer(tmp_path / "warc") as out:
        out.sync()
    assert not (tmp_path / "warc").exists()


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/passwd", "a/../../secret", "link/secret", "a\x00b"], ids=lambda name: repr(name)
)
def test_a_place_outside_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "warc"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    (tmp_path / "secret").write_bytes(b"")
    with pytest.raises(ValueError, match=r"not in the WARC folder|null byte"):
        read(folder, WarcPlace(file=name, offset=0, length=10))


@pytest.mark.parametrize(
    ("offset", "length"),
    [
        pytest.param(1, 0, id="not where a record begins"),
        pytest.param(0, -3, id="too short"),
        pytest.param(0, 500, id="too long"),
        pytest.param(10**9, 0, id="behind the end"),
    ],
)
def test_a_place_without_a_capture_is_refused(tmp_path: Path, offset: int, length: int) -> None:
    (place,) = written(tmp_path, exchange())
    wrong = replace(place, offset=place.offset + offset, length=place.length + length)
    with pytest.raises(ValueError, match="gzip member"):
        read(tmp_path, wrong)


def test_a_place_of_something_else_is_refused(tmp_path: Path) -> None:
    (place,) = written(tmp_path, exchange())
    info = next(records(tmp_path / place.file)).place
    with pytest.raises(ValueError, match="no capture"):
        read(tmp_path, info)


def test_verification_names_the_altered_record(tmp_path: Path) -> None:
    first, _ = written(tmp_path, exchange(), exchange(url="https://mpt.example/b"))
    path = tmp_path / first.file
    content = path.read_bytes()
    member = content[first.offset : first.offset + first.length]
    forged = gzip.compress(gzip.decompress(member).replace("паслуг".encode(), "паслух".encode()))
    path.write_bytes(content[: first.offset] + forged + content[first.offset + first.length :])
    problems = [(entry.type, entry.url, entry.problem) for entry in records(path)]
    assert problems[1] == ("response", "https://mpt.example/a", "warc-block-digest does not match")
    assert [problem for *_, problem in problems[2:]] == [None] * 3


@pytest.mark.parametrize("torn", [1, 11, 200], ids=lambda n: f"{n} bytes of a record")
def test_a_torn_tail_is_noticed_and_cut(tmp_path: Path, torn: int) -> None:
    first, second = written(tmp_path, exchange(), exchange(url="https://mpt.example/b"))
    path = tmp_path / first.file
    whole = path.read_bytes()
    path.write_bytes(whole[: second.offset + torn])
    last = list(records(path))[-1]
    assert last.problem == f"{torn} bytes that are no whole record"
    assert mend(path) == torn
    assert path.read_bytes() == whole[: second.offset]
    assert mend(path) == 0
    assert read(tmp_path, first).body.decode() == TEXT


def test_zeros_behind_the_end_are_a_torn_tail(tmp_path: Path) -> None:
    (place,) = written(tmp_path, exchange())
    path = tmp_path / place.file
    whole = path.read_bytes()
    path.write_bytes(whole + b"\0" * 4096)  # as a file system leaves them after a power cut
    assert mend(path) == 4096
    assert path.read_bytes() == whole


def test_damage_in_the_middle_is_not_cut(tmp_path: Path) -> None:
    first, second = written(tmp_path, exchange(), exchange(url="https://mpt.example/b"))
    path = tmp_path / first.file
    damaged = bytearray(path.read_bytes())
    damaged[first.offset + 60] ^= 0xFF
    path.write_bytes(damaged)
    with pytest.raises(ValueError, match="whole records after it"):
        mend(path)
    assert path.read_bytes() == damaged
    assert read(tmp_path, second).body.decode() == TEXT


def test_a_file_that_is_being_written_is_not_mended(tmp_path: Path) -> None:
    with writer(tmp_path) as out:
        place = out.write(exchange())
        with pytest.raises(BlockingIOError):
            mend(tmp_path / place.file)
    assert mend(tmp_path / place.file) == 0


WRITER = """
import os, sys
from pathlib import Path
from tests.storage.test_warc import exchange, writer
out = writer(Path(sys.argv[1]))
while True:
    place = out.write(exchange(body=os.urandom(300_000)))
    out.sync()
    print(place.file, place.offset, place.length, flush=True)
"""


def test_killed_while_writing_what_was_synced_is_there(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, tmp_path], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(5)]
        process.send_signal(signal.SIGKILL)
        lines += list(process.stdout)
    places = [
        WarcPlace(file=name.decode(), offset=int(offset), length=int(length))
        for name, offset, length in (line.split() for line in lines)
    ]
    path = tmp_path / places[0].file
    mend(path)  # the lock went with the process
    assert all(len(read(tmp_path, place).body) == 300_000 for place in places)
    assert all(entry.problem is None for entry in records(path))


def test_a_full_disk_leaves_the_file_as_it_was_at_the_last_sync(tmp_path: Path) -> None:
    """The limit on a file's size stands for the full disk: both are an OSError from write()."""
    out = writer(tmp_path)
    first = out.write(exchange())
    out.sync()
    size = (tmp_path / first.file).stat().st_size
    out.write(exchange(url="https://mpt.example/not-synced"))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 2000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            out.write(exchange(body=bytes(range(256)) * 40 + gzip.compress(TEXT.encode()) * 40))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert (tmp_path / first.file).stat().st_size == size
    assert out.write(exchange()).file != first.file  # and goes on in another file
    out.close()
    assert [entry.problem for path in tmp_path.iterdir() for entry in records(path)] == [None] * 6


def test_times_without_zone_are_refused(tmp_path: Path) -> None:
    with writer(tmp_path) as out, pytest.raises(ValueError, match="no time zone"):
        out.write(exchange(at=NOON.replace(tzinfo=None)))
