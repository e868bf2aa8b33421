package io.paddock.spi.connection;

import io.paddock.contracts.Outputs;
import io.paddock.contracts.service.ProblemException;
import io.paddock.spi.text.SpiText;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The servers of an instance and who administers them, from the outputs of its deployment.
 *
 * @param hosts addresses, at least one
 * @param ca PEM certificate that the servers' certificates are signed with
 */
public record Server(List<String> hosts, int port, String adminUsername, String adminPassword, String ca) {

    /** @throws ProblemException 422 if the outputs are not those of the PostgreSQL template */
    public static Server of(Outputs outputs) {
        if (!(outputs.values().get("hosts") instanceof List<?> hosts) || hosts.isEmpty()) {
            throw incomplete("hosts");
        }
        if (!(outputs.values().get("port") instanceof Number port)) {
            throw incomplete("port");
        }
        return new Server(
                hosts.stream().map(String::valueOf).toList(),
                port.intValue(),
                text(outputs.values().get("admin_username"), "admin_username"),
                text(outputs.secrets().get("admin_password"), "admin_password"),
                text(outputs.secrets().get("ca"), "ca"));
    }

    private static String text(@Nullable Object value, String name) {
        if (value == null) {
            throw incomplete(name);
        }
        return value.toString();
    }

    private static ProblemException incomplete(String output) {
        return ProblemException.refused(
                SpiText.INCOMPLETE.text(), "the deployment's outputs hold no usable '" + output + "'");
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "Server[hosts=" + hosts + ", port=" + port + ", adminUsername=" + adminUsername + "]";
    }
}
