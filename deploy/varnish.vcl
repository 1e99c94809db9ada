vcl 4.1;

# Varnish in front of Courant: it keeps feeds and pages until Courant says that they changed, for a day at most (closed archive
# segments for thirty), and gives what it has while Courant is down. Needs Debian's packages varnish and varnish-modules (for xkey), and in courant.toml:
#
#     [cdn]
#     key_headers = ["xkey"]
#
#     [[cdn.purge]]
#     kind = "varnish"
#     url = "http://127.0.0.1:6081/"
#
# Start Varnish with  -p http_gzip_support=off : Courant codes its answers itself and gives each coding an ETag of its own,
# which Varnish would weaken if it unpacked or packed them.

import std;
import xkey;

backend default {
    .host = "127.0.0.1";
    .port = "8080";
    .probe = {
        .url = "/feed.css";
        .interval = 5s;
        .timeout = 2s;
        .window = 3;
        .threshold = 2;
        .initial = 2;
    }
}

# Who may purge: Courant, on this machine. Readers' requests come from this machine, too, where the proxy that ends TLS runs
# on it; so a purge that something has passed on is refused below.
acl courant {
    "127.0.0.1";
    "::1";
}

sub vcl_recv {
    if (req.method == "PURGE") {
        # Varnish itself writes the address of the other side into X-Forwarded-For, behind what was there before.
        if (client.ip !~ courant || req.http.X-Forwarded-For ~ "," || req.http.X-Forwarded-Proto
            || req.http.X-Forwarded-Host || req.http.Forwarded || req.http.Via) {
            return (synth(403, "Not allowed"));
        }
        if (!req.http.xkey-purge) {
            return (synth(400, "No xkey-purge"));
        }
        # Not softpurge: a story that was withdrawn must not be given once more while it is fetched anew.
        return (synth(200, "Purged " + xkey.purge(req.http.xkey-purge)));
    }

    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }

    # The API has its own cache, and its pages and filters stand in the query.
    if (req.url ~ "^/api/v1([/?]|$)") {
        return (pass);
    }

    # Sound and film are larger than what a cache keeps in memory, and are asked for in parts.
    if (req.url ~ "^/media/[0-9a-f]+\.(mp3|m4a|aac|ogg|wav|flac|mp4|mov|webm)([?]|$)") {
        return (pass);
    }

    # A person whose browser opens a feed is led to the page about it, past what is kept for readers.
    if (req.http.Sec-Fetch-Dest == "document" && req.http.Sec-Fetch-Mode == "navigate" && req.url ~ "\.(rss|atom|json)([?]|$)") {
        return (pass);
    }

    # Other public answers depend on the path and the coding alone, except that oEmbed names a story in its query, as other
    # systems do with feeds and stories, which lead to ours. Parameters that are added to get past caches are dropped.
    if (req.url !~ "^/oembed\?" && req.url !~ "^/\?(.*&)?(feed=(feed|rss2?|rdf|atom|json|comments-)|(p|page_id)=[0-9])" && req.url !~ "^/feeds/posts/.*\?(.*&)?alt=") {
        set req.url = regsub(req.url, "\?.*$", "");
    }
    unset req.http.Cookie;
    if (req.url !~ "^/media/") {
        # A part of a feed helps nobody.
        unset req.http.Range;
    }

    # One variant for each coding and not one for each spelling of the wish; as Courant chooses. Where a reader weighs them
    # (q=), its wish goes through as it is.
    if (req.http.Accept-Encoding !~ "(?i)q *=") {
        if (req.http.Accept-Encoding ~ "(?i)(^|[ ,])br([ ,]|$)") {
            set req.http.Accept-Encoding = "br";
        } elseif (req.http.Accept-Encoding ~ "(?i)(^|[ ,])zstd([ ,]|$)") {
            set req.http.Accept-Encoding = "zstd";
        } elseif (req.http.Accept-Encoding ~ "(?i)(^|[ ,])(x-)?gzip([ ,]|$)") {
            set req.http.Accept-Encoding = "gzip";
        } else {
            unset req.http.Accept-Encoding;
        }
    }

    # What is older than Courant allows is given only while Courant does not answer.
    if (std.healthy(req.backend_hint)) {
        set req.grace = 60s;
    }
}

sub vcl_backend_response {
    # RFC 9213: the age for caches like this one, which readers do not see.
    if (beresp.http.CDN-Cache-Control ~ "max-age=[0-9]+") {
        set beresp.ttl = std.duration(
            regsub(beresp.http.CDN-Cache-Control, "^.*?max-age=([0-9]+).*$", "\1s"), beresp.ttl);
    }
    # stale-if-error; vcl_recv takes it back to stale-while-revalidate while Courant is well.
    set beresp.grace = 7d;

    # A fault does not take the place of a good answer.
    if (beresp.status >= 500 && bereq.is_bgfetch) {
        return (abandon);
    }
}

sub vcl_deliver {
    unset resp.http.CDN-Cache-Control;
    unset resp.http.xkey;
    unset resp.http.Cache-Tag;
    unset resp.http.Surrogate-Key;
    unset resp.http.X-Varnish;
    unset resp.http.Via;

    # What lay here for an hour is as new as on the day it came: it would have been purged. With its age, no reader would
    # keep it for the five minutes that Courant allows (RFC 9213 section 2.3).
    unset resp.http.Age;
    set resp.http.Date = now;
}
