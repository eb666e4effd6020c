"""SUBMIT and SHOW: what crosses the wire. `kfp` has the messages of `/apis/v2beta1`, the other modules those of `/apis/bakehouse/v1`."""
