"""The map of the course, drawn from live models: shapes by a traced forward pass, counts from their own parameters."""

from course_lib.show.diagram.devices import sharded
from course_lib.show.diagram.grid import sentence
from course_lib.show.diagram.growth import cache
from course_lib.show.diagram.picture import Diagram
from course_lib.show.diagram.split import heads
from course_lib.show.diagram.stack import model
from course_lib.show.diagram.two_stacks import encoder_decoder

__all__ = ["Diagram", "cache", "encoder_decoder", "heads", "model", "sentence", "sharded"]
