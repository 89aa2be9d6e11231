#!/usr/bin/env bash
# env starts bash, which starts cat: each must be in the session.
cat "$1"
hostname
