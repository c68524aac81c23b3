"""A model in a page: weights, tokenizer and plain JavaScript in one file that needs neither network nor server.

page/ holds what goes into the file: index.html, style.css, strings.json with every text, and the modules of JavaScript.
"""

from course_tools.share.assemble import make_page, write_page
from course_tools.share.shared import LARGEST, Shared, read_shared

__all__ = ["LARGEST", "Shared", "make_page", "read_shared", "write_page"]
