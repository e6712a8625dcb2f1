#!/usr/bin/env python3
"""A phone in one file: what PROTOCOL.md asks of an app, with the standard library. The story that it plays is at the end.

    officer.py URL AGENCY_ID USERNAME PASSWORD OTHERS_USERNAME OTHERS_PASSWORD FOLDER
"""
import base64, contextlib, gzip, json, os, sqlite3, sys, time, urllib.error, urllib.request

TABLES = """
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value);
CREATE TABLE IF NOT EXISTS rows (s, k, id, rev, d, PRIMARY KEY (s, k, id));
CREATE TABLE IF NOT EXISTS outbox (lane, num, id PRIMARY KEY, type, made, base, body, outcome, code);
"""

def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

def mint():
    b = bytearray(int(time.time() * 1000).to_bytes(6, "big") + os.urandom(10))  # a UUID of version 7
    b[6], b[8] = b[6] & 0x0F | 0x70, b[8] & 0x3F | 0x80
    return b64(b)

def body_of(answer):
    raw = answer.read()
    return json.loads(gzip.decompress(raw) if answer.headers.get("Content-Encoding") == "gzip" else raw)

class Refused(Exception):  # a whole request; args are the problem's code and title
    pass

class Phone:
    def __init__(self, url, file):
        self.url, self.file = url, file
        self.db = sqlite3.connect(file, isolation_level=None)
        self.db.executescript(TABLES)
        if not self.kept("device"):  # once per installation
            self.keep(device=mint(), key=b64(os.urandom(32)))

    def kept(self, name, default=None):
        found = self.db.execute("SELECT value FROM kept WHERE name = ?", [name]).fetchone()
        return found[0] if found else default

    def keep(self, **values):
        self.db.executemany("REPLACE INTO kept VALUES (?, ?)", values.items())

    def rows(self, kind):
        found = self.db.execute("SELECT s, id, d FROM rows WHERE k = ? ORDER BY s, id", [kind])
        return [(s, id, json.loads(d)) for s, id, d in found]

    @contextlib.contextmanager
    def transaction(self):
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db.execute
            self.db.execute("COMMIT")
        except BaseException:
            self.db.execute("ROLLBACK")
            raise

    def send(self, method, path, body=None, **headers):  # put another one here to replay the transcripts
        headers = {"Client-Version": "officer.py/1.0.0", "Accept-Encoding": "gzip", **headers}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self.kept("access"):
            headers["Authorization"] = "Bearer " + self.kept("access")
        data = None if body is None else json.dumps(body).encode()
        try:  # a stream has a heartbeat every 25 s: 70 s of silence are its end
            return urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers, method=method), timeout=70)
        except urllib.error.HTTPError as error:
            problem = body_of(error)
            raise Refused(problem["code"], problem["title"]) from None

    def sign_in(self, agency, username, password, name):
        session = body_of(self.send("POST", "/v1/sign-in", {
            "agency_id": agency, "username": username, "password": password,
            "device_id": self.kept("device"), "device_key": self.kept("key"),
            "register": {"name": name, "class": "phone", "platform": "other"}}))
        self.renewed(session)
        self.keep(user=session["user_id"])

    def renewed(self, session):
        self.keep(access=session["access"], refresh=session["refresh"], until=time.time() + session["expires_in_s"])

    def do(self, type, base=None, **body):  # durable in the outbox before anything is sent
        lane = 1 if type == "mark.read" or type == "message.post" and not body.get("urgent") else 0
        with self.transaction() as sql:
            num = self.kept(f"next{lane}", 1)
            sql("INSERT INTO outbox VALUES (?,?,?,?,?,?,?,NULL,NULL)", [lane, num, mint(), type, time.time(), base, json.dumps(body)])
            self.keep(**{f"next{lane}": num + 1})

    def lanes(self):  # the oldest that are undecided; lane 0 first, since lane 1 may build on what it makes
        lanes = {}
        for lane, num, id, type, made, base, body in self.db.execute(
                "SELECT lane, num, id, type, made, base, body FROM outbox WHERE outcome IS NULL ORDER BY lane, num LIMIT 50"):
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(made))
            command = {"id": id, "type": type, "device_at": at, "body": json.loads(body), **({"base": base} if base else {})}
            lanes.setdefault(str(lane), {"first": num, "commands": []})["commands"].append(command)
        return lanes

    def decided(self, sql, lane, answer):
        if answer.get("code") == "fork" or any(r["outcome"] == "forgotten" for r in answer["results"]):
            raise SystemExit("restored from a backup: mint a new device id and key, number the undecided from 1, sign in")
        for r in answer["results"]:
            sql("UPDATE outbox SET outcome = ?, code = ? WHERE lane = ? AND num = ? AND outcome IS NULL", [r["outcome"], r.get("code"), lane, r["num"]])
        if answer.get("code") == "gap":  # the server was restored: the same commands, under the numbers that it waits for
            undecided = sql("SELECT id FROM outbox WHERE lane = ? AND outcome IS NULL ORDER BY num", [lane]).fetchall()
            for num, (id,) in enumerate(undecided, answer["next"]):
                sql("UPDATE outbox SET num = ? WHERE id = ?", [num, id])
            self.keep(**{f"next{lane}": answer["next"] + len(undecided)})

    def sync(self, state="background", lose=False, streaming=False):
        """Sends the outbox and pulls a pass. While a stream is open, that brings the pages: here its token is confirmed."""
        pages, more = [], True
        while more:
            answer = self.ask(pages[-1]["t"] if pages else self.kept("t"), state, lose)
            lanes = answer.get("lanes", {})
            with self.transaction() as sql:  # session and outcomes count, whatever became of the page
                if "session" in answer:
                    self.renewed(answer["session"])
                for lane in lanes:
                    self.decided(sql, int(lane), lanes[lane])
            if streaming:
                return
            waits = [lane.get("retry_ms", 200) for lane in lanes.values() if "code" in lane]
            if "page" in answer:
                pages.append(answer["page"])
            else:
                waits.append(answer["page_error"]["retry_ms"])
            time.sleep(max(waits, default=0) / 1000)
            more = waits or pages[-1].get("more") or self.lanes()
        self.take(pages)

    def ask(self, token, state, lose=False, renew=False):
        self.keep(report=self.kept("report", 0) + 1)
        body = {"t": token, "schema": 1, "lanes": self.lanes(), "presence": {"state": state, "report": self.kept("report")}}
        headers = {}
        if renew or self.kept("until", 0) < time.time() + 60:
            body["renew"], headers["Device-Key"] = self.kept("refresh"), self.kept("key")
        try:
            answer = self.send("POST", "/v1/sync", {k: v for k, v in body.items() if v}, **headers)
        except Refused as refused:
            if refused.args[0] != "token_refused" or "renew" in body:
                raise  # session_ended: sign in again; rows and outbox stay
            return self.ask(token, state, lose, renew=True)
        if lose:  # for the story: the server has done it all, and the phone does not hear so
            answer.close()
            raise ConnectionError("the answer was lost")
        answer = body_of(answer)
        if answer.get("session", {}).get("wipe"):
            self.db.close()
            os.remove(self.file)
            raise SystemExit("this phone was told to erase everything")
        return answer

    def take(self, pages):
        """Applies a pass and moves the token in one transaction: what is shown is always a completed pass."""
        with self.transaction() as sql:
            marked, stones = set(), {}  # rows to sweep unless they come anew; revs of this pass' tombstones
            for page in pages:
                if page.get("begin"):
                    marked, stones = set(sql("SELECT s, k, id FROM rows")), {}
                for item in page["items"]:
                    self.item(sql, item, marked, stones)
            for key in marked:
                sql("DELETE FROM rows WHERE s = ? AND k = ? AND id = ?", key)
            for lane, num in pages[-1].get("done", {}).items():  # the rows show these now; a refusal stays until it is told
                sql("DELETE FROM outbox WHERE lane = ? AND num <= ? AND outcome = 'applied'", [int(lane), num])
            self.keep(t=pages[-1]["t"])

    def item(self, sql, item, marked, stones):
        key = scope, kind, _ = item["s"], item.get("k"), item.get("id")
        if "op" in item:  # what follows of the scope is new, so earlier tombstones are void; dropped rows are swept at the end
            marked.update(sql("SELECT s, k, id FROM rows WHERE s = ?", [scope]))
            for stone in [stone for stone in stones if stone[0] == scope]:
                del stones[stone]
        elif kind == "messages":
            run, at = item["d"], item["d"]["t"]
            for n, id, author, ms, text, *extra in run["r"]:
                at += ms
                row = {"id": id, "author": run["a"][author], "at": at, "text": text, **(extra[0] if extra else {})}
                sql("REPLACE INTO rows VALUES (?, ?, ?, 0, ?)", [scope, kind, n, json.dumps(row)])
                marked.discard((scope, kind, n))
        elif kind:
            held = sql("SELECT rev FROM rows WHERE s = ? AND k = ? AND id = ?", key).fetchone()
            if item["rev"] < max(stones.get(key, 0), held[0] if held and key not in marked else 0):
                return
            marked.discard(key)
            sql("DELETE FROM rows WHERE s = ? AND k = ? AND id = ?", key)
            if item.get("gone"):
                stones[key] = item["rev"]
            else:
                sql("INSERT INTO rows VALUES (?, ?, ?, ?, ?)", [*key, item["rev"], json.dumps(item["d"])])

    def live(self):
        """Follows the stream while somebody looks at the app; yields each event's name when it has been used."""
        self.sync("foreground")
        stream = self.send("GET", "/v1/live?schema=1", **{
            "Accept": "text/event-stream", "Accept-Encoding": "identity", "Last-Event-ID": self.kept("t")})
        try:
            event, pages = {}, []
            for line in stream:
                field, _, value = line.decode().rstrip("\n").partition(": ")
                if field:  # that of a heartbeat is ":"
                    event[field] = value
                    continue
                name, data, id = event.get("event"), json.loads(event.get("data", "null")), event.get("id")
                event = {}
                if name == "page":
                    pages.append(data)
                    if not data.get("more"):
                        self.take(pages)
                        pages = []
                        self.sync("foreground", streaming=True)  # confirms: otherwise this phone is rung
                elif name == "mark" and not pages:
                    self.keep(t=id)
                elif name == "bye":  # wait up to retry_ms, then open it again unless why is "replaced"
                    return
                yield name
        finally:
            stream.close()
            self.sync("background")  # said at once: the next message rings

def show(phone, title):
    people = {id: d["name"] for _, id, d in phone.rows("user")}
    print(f"\n{title}: {people[phone.kept('user')]}")
    for _, id, d in phone.rows("duty"):
        print(f"  on duty: {d['call_sign']} {people[id]}, {d['status']}")
    for d in {id: d for _, id, d in phone.rows("dispatch")}.values():  # one may be held in two scopes
        print(f"  dispatch {d['number']}: {d['status']}, {d.get('location', '')}")
    for scope, id, d in phone.rows("conversation"):
        print(f"  conversation: {d.get('title') or d.get('number') or 'of two'}")
        for s, n, m in phone.rows("messages"):
            if s == scope and "k" not in m:  # with a k it is a notice
                print(f"    {n} {people[m['author']]}: {m['text']}")
    for type, outcome, code in phone.db.execute("SELECT type, outcome, code FROM outbox ORDER BY lane, num"):
        print(f"  {outcome or 'waits'}: {type} {code or ''}".rstrip())

def story(url, agency, username, password, others_username, others_password, folder):
    a, b = (Phone(url, os.path.join(folder, name)) for name in ("a.db", "b.db"))
    a.sign_in(agency, username, password, "First phone")
    b.sign_in(agency, others_username, others_password, "Second phone")
    a.sync()
    show(a, "After the first sync")

    _, team, d = a.rows("team")[0]  # what follows is done offline
    room = mint()
    a.do("duty.on", zone=d["zone"], team=team, call_sign="X9")
    a.do("conversation.create", id=room, invitees=[b.kept("user")])
    a.do("message.post", conversation_id=room, id=mint(), text="Can you hear me?")
    a.do("message.post", conversation_id=room, id=mint(), text="I am at the gate.")
    a.do("duty.on", zone=d["zone"], team=team, call_sign="X10")  # will be refused, and the person told
    show(a, "Offline")

    access = a.kept("access")
    a.keep(until=0)  # as after ten minutes
    try:
        a.sync(lose=True)
    except ConnectionError as error:
        print(f"\n{error}; the same is sent again")
    a.sync()
    show(a, "Online")
    print(f"  session renewed: {a.kept('access') != access}")

    stream = b.live()
    next(stream)
    a.do("message.post", conversation_id=room, id=mint(), text="Live now.")
    a.sync()
    for event in stream:
        if any(m["text"] == "Live now." for _, _, m in b.rows("messages")):
            break
    stream.close()
    show(b, "The other phone")

if __name__ == "__main__":
    if len(sys.argv) != 8:
        raise SystemExit(__doc__)
    story(*sys.argv[1:])
