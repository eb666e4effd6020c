"""The keeper of a pod: it brings a step what it needs and takes away what it gave. Standard library only; it runs without anything else of ours."""
