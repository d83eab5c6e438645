"""How does a publisher's table become rows of the panel? One module a layout.

`read` takes a file as its publisher gives it and says what it holds, or why it cannot be trusted.
"""

from rankings.sources.delivery import Delivery
from rankings.sources.names import resolve_name
from rankings.sources.reading import read, read_content

__all__ = ["Delivery", "read", "read_content", "resolve_name"]
