# SPDX-License-Identifier: Apache-2.0
"""Whole work."""


def report(options):
    raise NotImplementedError
