"""The name of this installation, which its keys in Redis carry, and its secret."""

import secrets

from django.db import models

ID_BYTES = 8
SECRET_BYTES = 32


def new_name() -> str:
    return secrets.token_hex(ID_BYTES)


def new_secret() -> str:
    return secrets.token_hex(SECRET_BYTES)


class Installation(models.Model):
    """One row: the random name of this installation, which a copy of the database and `flush` keep.

    Every name in Redis contains it, so that installations that share a Redis do not take each other's data. The hashes
    of visitors are made with the secret, which never leaves the database.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=32, default=new_name)
    secret = models.CharField(max_length=64, default=new_secret)

    class Meta:
        managed = False
