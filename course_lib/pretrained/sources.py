"""Where a checkpoint's files are: a folder on this machine, or a repository on the Hugging Face hub."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from course_lib.config import HUB_NAMES, SHIPPED
from course_lib.corpus.hub import PATIENCE, hub_address, why_unreachable
from course_lib.show.progress import is_quiet

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError


@runtime_checkable
class Source(Protocol):
    """A checkpoint's files by name."""

    def first(self, *names: str) -> Path:
        """The first of the files that there is, on this machine. Raises FileNotFoundError if there is none."""

    def names(self) -> list[str]:
        """The names of all its files."""

    def __str__(self) -> str: ...


def find_source(name_or_path: str | Path, revision: str = "main") -> Source:
    """The folder of that name, if there is one, or else what a preset's name stands for, or else a hub's repository.

    Raises FileNotFoundError if it can only be a path, and nothing is there; ValueError if it is a file.
    """
    path = Path(name_or_path).expanduser()
    if path.is_dir():
        return Folder(path)
    if path.is_file():
        raise ValueError(f"{path} is a file; give the folder that it lies in, with config.json beside it")
    name = str(name_or_path)
    if name in SHIPPED:
        return Shipped(shipped_folder(name))
    if isinstance(name_or_path, Path) or path.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1:
        raise FileNotFoundError(f"there is no folder {name}; give a checkpoint's folder, or a hub's name 'owner/name'")
    return HubRepository(HUB_NAMES.get(name, name), revision)


def shipped_folder(name: str = "howsam") -> Path:
    """Where the files of a shipped model lie. Raises ValueError, naming those there are, if it is not one of them."""
    if name not in SHIPPED:
        raise ValueError(f"{name!r} does not come with the course; these do: {', '.join(SHIPPED)}")
    return Path(__file__).parent / name


class Folder:
    """A folder on this machine."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def first(self, *names: str) -> Path:
        """As Source says."""
        for name in names:
            if (self.path / name).is_file():
                return self.path / name
        raise FileNotFoundError(f"{self} has no {' and no '.join(names)}; it holds {_shortened(self.names())}")

    def names(self) -> list[str]:
        """As Source says."""
        return sorted(path.name for path in self.path.iterdir())

    def __str__(self) -> str:
        return str(self.path)


class Shipped(Folder):
    """A folder that came with the course: weights in half of float32's bytes, to be computed with in float32."""


class HubRepository:
    """A repository on the hub; its files are downloaded one by one, as they are asked for, into the hub's cache.

    Without network, or with HF_HUB_OFFLINE set, what an earlier download has left there is used.
    """

    def __init__(self, name: str, revision: str) -> None:
        self.name = name
        self.revision = revision
        self.unreachable = why_unreachable(hub_address(), PATIENCE)  # the client alone would go on trying

    def first(self, *names: str) -> Path:
        """As Source says. Raises also ConnectionError, PermissionError, and ValueError for a name that cannot be."""
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

        not_cached = None
        for name in names:
            try:
                with self._plain_errors(), _quiet_downloads():
                    return Path(
                        hf_hub_download(
                            self.name,
                            name,
                            revision=self.revision,
                            endpoint=hub_address(),
                            local_files_only=self.unreachable is not None,
                        )
                    )
            except LocalEntryNotFoundError as error:  # before EntryNotFoundError, which it is one of
                not_cached = error
            except EntryNotFoundError:
                continue
        if not_cached is not None:
            raise ConnectionError(
                f"{names[0]} of {self} is not in the local cache, and {hub_address()} cannot be asked "
                f"({self.unreachable or not_cached.__cause__ or not_cached}); connect and try again, "
                "or give a folder with the files"
            ) from not_cached
        raise FileNotFoundError(f"{self} has no {' and no '.join(names)}; it holds {_shortened(self.names())}")

    def names(self) -> list[str]:
        """As Source says."""
        from huggingface_hub import HfApi

        with self._plain_errors():
            return HfApi(endpoint=hub_address()).list_repo_files(self.name, revision=self.revision)

    def __str__(self) -> str:
        return self.name if self.revision == "main" else f"{self.name} ({self.revision})"

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        """The hub client's errors in words that say what to do; a file that is not there keeps its own."""
        from huggingface_hub import errors

        page = f"{hub_address()}/{self.name}"
        try:
            yield
        except errors.EntryNotFoundError as error:
            # What the client cannot ask for it calls missing, and the answer is the cause.
            if isinstance(error.__cause__, errors.HfHubHTTPError):
                self._raise_if_refused(error.__cause__)
            raise
        except errors.GatedRepoError as error:
            raise PermissionError(
                f"{self.name} is gated: accept its licence at {page}, then log in with `hf auth login` or set HF_TOKEN"
            ) from error
        except errors.RepositoryNotFoundError as error:
            raise FileNotFoundError(
                f"the hub knows no {self.name}, or it is private; look for the name at {hub_address()}/models, "
                "and for a private one log in with `hf auth login`"
            ) from error
        except errors.RevisionNotFoundError as error:
            raise FileNotFoundError(f"{self.name} has no revision {self.revision!r}; see {page}/branches") from error
        except errors.HFValidationError as error:
            raise ValueError(f"{self.name!r} is neither a folder nor a name on the hub: {error}") from error
        except (OSError, _http_error()) as error:
            if isinstance(error, errors.HfHubHTTPError):
                self._raise_if_refused(error)
            raise ConnectionError(
                f"{self} could not be downloaded from {hub_address()} ({type(error).__name__}: {error}); "
                "try again: what is complete is kept"
            ) from error

    def _raise_if_refused(self, error: "HfHubHTTPError") -> None:
        status = error.response.status_code
        if status in (401, 403):
            raise PermissionError(
                f"the hub refuses {self.name} (status {status}); see {hub_address()}/{self.name}, "
                "then log in with `hf auth login` or set HF_TOKEN"
            ) from error


def _http_error() -> type[Exception]:
    """The base of all errors of the HTTP library that the installed client uses, which changed more than once."""
    from huggingface_hub.errors import HfHubHTTPError

    return next(base for base in HfHubHTTPError.__bases__ if issubclass(base, Exception) and base is not OSError)


@contextmanager
def _quiet_downloads() -> Iterator[None]:
    """Without the hub's bars where the course is asked to be quiet."""
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    silenced = is_quiet() and not are_progress_bars_disabled()
    if silenced:
        disable_progress_bars()
    try:
        yield
    finally:
        if silenced:
            enable_progress_bars()


def _shortened(names: list[str], at_most: int = 8) -> str:
    if not names:
        return "nothing"
    more = f" and {len(names) - at_most} more" if len(names) > at_most else ""
    return f"{', '.join(names[:at_most])}{more}"
