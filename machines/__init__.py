"""What machines and operators read, as text: user data, kubeconfig, aws-auth, SSH configuration.

Pure functions from plain values to text: the same bytes from the same values. Every value is
checked before it is written, and a fault names it: `ValueError`, for the operator to read.
"""
