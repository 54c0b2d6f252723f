"""spark_shards.py SHARDS ARGUMENTS ...: c3d_infer with these arguments as tasks of a Spark job, a shard each."""
import os, subprocess, sys
from pyspark.sql import SparkSession

shards, command, folder = int(sys.argv[1]), ["c3d_infer", *sys.argv[2:], "--resume"], os.getcwd()

def label(index):
    return subprocess.run([*command, "--shard", f"{index}/{shards}"], cwd=folder).returncode

spark = SparkSession.builder.appName("label").getOrCreate()
sys.exit(max(spark.sparkContext.parallelize(range(shards), shards).map(label).collect()))
