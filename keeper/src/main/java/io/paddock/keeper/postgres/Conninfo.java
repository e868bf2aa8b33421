package io.paddock.keeper.postgres;

import io.paddock.keeper.system.NodeTls;

/**
 * How nodes reach each other's PostgreSQL: as the role {@code repmgr}, by the node's certificate, without a password. Who vanished is
 * noticed within seconds. The job repmgr has the same text.
 */
final class Conninfo {

    private Conninfo() {}

    static String to(String address, int port, String node, NodeTls tls) {
        return "host=" + address + " port=" + port + " user=repmgr dbname=repmgr application_name=" + node
                + " sslmode=verify-ca sslcert=" + tls.certificate()
                + " sslkey=" + tls.certificate().resolveSibling("server.key") + " sslrootcert=" + tls.ca()
                + " connect_timeout=2 keepalives=1 keepalives_idle=2 keepalives_interval=1 keepalives_count=3"
                + " tcp_user_timeout=3000";
    }

    /** Host in a conninfo; empty if it names none. */
    static String host(String conninfo) {
        for (String part : conninfo.split(" ")) {
            if (part.startsWith("host=")) {
                return part.substring("host=".length()).replace("'", "");
            }
        }
        return "";
    }
}
