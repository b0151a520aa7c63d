"""The demo estate: a seeded company with bills, metrics, planted waste and a cloud that can be acted on.

`make.make_estate` and `make.advance` write it, `cloud.start_cloud` runs its EC2, `truth.Truth` says what was planted. Nothing is
imported here: the cloud's process and its starter do without numpy and PyArrow.
"""
