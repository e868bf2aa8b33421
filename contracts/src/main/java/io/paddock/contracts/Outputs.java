package io.paddock.contracts;

import java.util.Map;
import java.util.Set;

/**
 * What a deployment tells its user.
 *
 * @param values what may be stored and shown: addresses, ports, names
 * @param secrets passwords and certificates by name, read from the director's config server; never stored
 */
public record Outputs(Map<String, Object> values, Map<String, String> secrets) {

    public Outputs {
        values = Map.copyOf(values);
        secrets = Map.copyOf(secrets);
    }

    public Outputs withSecrets(Map<String, String> read) {
        return new Outputs(values, read);
    }

    /** Names the secrets and hides their values. */
    @Override
    public String toString() {
        Set<String> names = secrets.keySet();
        return "Outputs[values=" + values + ", secrets=" + names + "]";
    }
}
