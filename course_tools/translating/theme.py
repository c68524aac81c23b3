"""The words of the site's frame that stand in its theme, in Sphinx and in our templates: none has them in Persian.

They are looked up as gettext does, so the English text is the whole key.
"""

THEMES = (
    "Back to top",
    "Breadcrumb",
    "Color mode",
    "Dark",
    "Error",
    "Home",
    "Light",
    "Navigation",
    "On this page",
    "Search",
    "Section Navigation",
    "Site navigation",
    "Skip to main content",
    "System Settings",
    "Table of Contents",
    "next",
    "next page",
    "previous",
    "previous page",
    "Please activate JavaScript to enable the search\n    functionality.",
    "Searching for multiple words only shows matches that contain\n    all words.",
    "Code: MIT. Text and pictures: CC BY 4.0. Share and adapt them, and say where they are from.",
)

# What its scripts say while they search. Of the last two, the first is said of one page.
SCRIPTS = (
    "Hide Search Matches",
    "Search Results",
    "Searching",
    "Preparing search...",
    "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've "
    "selected enough categories.",
)
ONE_FOUND = "Search finished, found one page matching the search query."
MORE_FOUND = "Search finished, found ${resultCount} pages matching the search query."
