"""What holds for all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# A busy machine is slow, and that is no failure: how long one example takes says nothing.
settings.register_profile("bakehouse", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bakehouse")
