"""Three processes write to one SQLite database. Arguments: its directory, the journal's mode."""
import os, sqlite3, sys

directory, mode = sys.argv[1:]
path = f"{directory}/{mode}.db"
turns = 30


def connect():
    return sqlite3.connect(path, timeout=60, isolation_level=None)


def work(who):
    database = connect()
    for turn in range(turns):
        database.execute("begin immediate")
        database.execute("insert into facts values (?, ?)", (who, turn))
        database.execute("commit")
    database.close()


database = connect()
print(database.execute(f"pragma journal_mode={mode}").fetchone()[0])
database.execute("create table facts (who, turn)")
database.close()
children = []
for who in "abc":
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work(who)
            code = 0
        finally:
            os._exit(code)
    children.append(pid)
print([os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children])
database = connect()
print(database.execute("select who, count(*) from facts group by who").fetchall())
print(database.execute("pragma integrity_check").fetchone()[0])
