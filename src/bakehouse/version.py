"""The one place that states the version of Bakehouse and of the `kfp` it is compatible with."""

__version__ = "0.1.0"

#: The `kfp` release whose interface the SDK follows and that compiled components install where nothing provides it.
KFP_VERSION = "2.17.0"
