"""Which SDK compiles an author's file: ours, also under the name `kfp`; the installed kfp; ours, unless the file needs what only kfp has."""

BAKEHOUSE, KFP, AUTO = "bakehouse", "kfp", "auto"
SDKS = (AUTO, BAKEHOUSE, KFP)
