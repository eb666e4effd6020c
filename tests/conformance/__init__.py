"""Files of KFP's, and how they are judged. Assertions of the modules that judge say what they compared."""

import pytest

pytest.register_assert_rewrite("tests.conformance.judging", "tests.conformance.matrix")
