"""Makes the bucket of the lake where PANTAU_LAKE_DATA names one and it is missing. May be repeated."""

import os
import sys
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError


def make_bucket(data: str) -> None:
    """Makes the bucket of an address `s3://bucket/prefix`; the store and its keys are those that DuckDB is given.

    Raises:
        SystemExit: the keys are missing, or the store cannot be reached or refuses.
    """
    if not (os.environ.get("AWS_ACCESS_KEY_ID") and os.environ.get("AWS_SECRET_ACCESS_KEY")):
        raise SystemExit(
            f"PANTAU_LAKE_DATA is {data}: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set"
        )
    endpoint = os.environ.get("DUCKDB_S3_ENDPOINT")
    scheme = "http" if os.environ.get("DUCKDB_S3_USE_SSL", "true").lower() == "false" else "https"
    store = boto3.client("s3", endpoint_url=f"{scheme}://{endpoint}" if endpoint else None)
    bucket = urlsplit(data).netloc
    try:
        if bucket not in {one["Name"] for one in store.list_buckets()["Buckets"]}:
            store.create_bucket(Bucket=bucket)
    except (BotoCoreError, ClientError) as error:
        raise SystemExit(f"the bucket {bucket} of PANTAU_LAKE_DATA cannot be made: {error}") from None


if __name__ == "__main__" and (data := os.environ.get("PANTAU_LAKE_DATA", "")).startswith("s3://"):
    make_bucket(data)
    sys.stdout.write(f"the lake's rows go to {data}\n")
