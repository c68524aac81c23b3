"""The map of the course, drawn from live models: shapes by a traced forward pass, counts from their own parameters."""

from course_lib.show.diagram.devices import sharded
from course_lib.show.diagram.drawing import Diagram
from course_lib.show.diagram.grid import sentence
from course_lib.show.diagram.growth import cache
from course_lib.show.diagram.split import heads
from course_lib.show.diagram.stack import model

__all__ = ["Diagram", "cache", "heads", "model", "sentence", "sharded"]
