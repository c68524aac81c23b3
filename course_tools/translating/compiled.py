"""What the library reads when it answers: a JSON file beside it, so that learners need nothing of gettext."""

import json
from pathlib import Path

from course_tools.translating.catalogue import Catalogue
from course_tools.translating.places import COMPILED, FOLDER, SAID


def compiled_path(root: Path, language: str) -> Path:
    """Where the file of a language is."""
    return root / COMPILED / f"{language}.json"


def compiled(root: Path, language: str) -> str:
    """What has to be in it: by place, the English texts with their translations, without what is fuzzy."""
    by_place: dict[str, dict[str, str]] = {}
    catalogue = Catalogue(root / FOLDER / language / SAID, language)
    for (place, english), translated in catalogue.lookup().items():
        by_place.setdefault(place, {})[english] = translated
    return json.dumps(by_place, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
