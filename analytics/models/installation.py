"""The name of this installation, which its keys in Redis carry."""

import secrets

from django.db import models

ID_BYTES = 8


def new_name() -> str:
    return secrets.token_hex(ID_BYTES)


class Installation(models.Model):
    """One row: the random name of this installation, which a copy of the database and `flush` keep.

    Every name in Redis contains it, so that installations that share a Redis do not take each other's data.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=32, default=new_name)

    class Meta:
        managed = False
