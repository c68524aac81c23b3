"""JavaScript that the site's pictures and the page of a shared model have in common, and how modules become a script.

What the lessons compute stands here once: `softmax.js`, `sampling.js`, `rotation.js`, `words.js`.
"""

from course_tools.javascript.modules import parts

__all__ = ["parts"]
