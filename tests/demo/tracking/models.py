from django.db import models


class Visit(models.Model):
    """A page view. The customer is another database's, so there is no key between them."""

    customer = models.BigIntegerField(null=True)
    path = models.CharField(max_length=100)
    at = models.DateTimeField()
    milliseconds = models.IntegerField()
