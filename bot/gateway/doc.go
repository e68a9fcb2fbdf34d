// Package gateway rings people beside Slack: through the bank's own SMS or voice gateway, behind a small web service that the bank
// writes. This page is the whole contract of that service.
//
// # The request
//
// Sameday sends one POST for each ring of one person, over https, with a JSON body of at most 16 kB in UTF-8:
//
//	POST /rings HTTP/1.1
//	Content-Type: application/json
//	Idempotency-Key: jingan.20261123-007.12.U0WANGLI
//	X-Sameday-Timestamp: 1795421700
//	X-Sameday-Signature: v1=<64 hexadecimal digits>
//
//	{
//	  "version": 1,
//	  "id": "jingan.20261123-007.12.U0WANGLI",
//	  "from": "Sameday",
//	  "at": "2026-11-23T08:15:00Z",
//	  "person": {"id": "U0WANGLI", "name": "王莉"},
//	  "unit": "静安支行",
//	  "rung": 2,
//	  "complaints": [{"number": "20261123-007", "why": "联系客户超时", "since": "2026-11-23T08:00:00Z"}],
//	  "more": 0,
//	  "language": "zh-CN",
//	  "text": "静安支行有 1 件投诉超时无人确认，请立即在 Slack 处理。"
//	}
//
// id is the ring; from names the sender as it is configured; at is when the ring was decided; person.id is the Slack user id, which the
// service turns into a telephone number; unit is the unit whose complaints these are; rung is how high they stand on the ladder, 0 for a
// ring that is not on it (a handover, say); more is how many complaints were left out because the body was full; language ("zh-CN" or
// "en") is left out when it is not known; text is one sentence to send or to read aloud. Times are in UTC. There is nothing about
// customers in it. Fields may be added: ignore those you do not know. version changes when a field changes its meaning.
//
// # Checking that it is genuine
//
// The signature is "v1=" and, in hexadecimal, the HMAC-SHA256 of the timestamp, a full stop and the body as it came, byte by byte. The
// key is the text of SAMEDAY_GATEWAY_SECRET. Compute it before the body is decoded, compare in constant time, and refuse a timestamp
// (seconds since 1970) more than five minutes from your clock. Only the body is signed, so believe its id, not the header. In Go see the
// package's example, which is a complete service; in Python:
//
//	want = "v1=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
//	genuine = hmac.compare_digest(want, signature) and abs(time.time() - int(timestamp)) < 300
//
// To try your own code: with the key 0123456789abcdef0123456789abcdef, the timestamp 1795421700 and the body {"id":"1"} the signature is
// v1=c7216da8ebaf9694030de2d40e56032ea4dc66ed2f92bd51d3b2db308b29b33e.
//
// # The answer
//
//	2xx              taken over. Answer as soon as the ring is on your disk, not when the person has picked up.
//	409              this id was taken over before; Sameday is content.
//	408, 425, 429    not taken over; Sameday comes again with the same id, not before Retry-After where that is given.
//	5xx              the same. No answer within 10 seconds, or a broken connection, counts as one.
//	anything else    refused; Sameday does not come again with this ring. Redirects are not followed.
//
// The same id may come more than once, also after you have answered 2xx and the answer was lost: keep ids for a week, and ring once. The
// body of the answer is not read. Nothing comes back this way: people answer in Slack, and who has answered there is not rung again.
package gateway
