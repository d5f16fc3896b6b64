"""Files that pages link to (PDF, office formats, plain text), read into Documents.

Bytes in, values out: nothing is fetched, nothing is read from disk. Sizes are checked before anything is inflated, but
the readers of PDF and of workbooks are native code: run them in a process with limits of memory and time.
"""

from crawler.core.files.extract import extract_file, structure_digest
from crawler.core.files.formats import is_document
from crawler.core.files.reading import FileError

__all__ = ["FileError", "extract_file", "is_document", "structure_digest"]
