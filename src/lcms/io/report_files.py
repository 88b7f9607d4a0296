"""Names of the files of the report, which those who write, serve and list it share."""

import re
from typing import Final

SHARD_FOLDER: Final = "report_data"  # beside the page, for a very large study
SHARD: Final = re.compile(rf"{SHARD_FOLDER}/\d+-\d+\.js")
