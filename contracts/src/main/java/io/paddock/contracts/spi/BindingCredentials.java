package io.paddock.contracts.spi;

import java.util.List;
import java.util.Map;

/**
 * What an application needs to use the service instance.
 *
 * @param endpoints where it connects to, for platforms that open the way there
 */
public record BindingCredentials(Map<String, Object> credentials, List<Endpoint> endpoints) {

    /** @param ports single ports or ranges such as 5432-5434 */
    public record Endpoint(String host, List<String> ports) {}

    public BindingCredentials {
        // A service provider of an earlier version does not tell any.
        endpoints = endpoints == null ? List.of() : List.copyOf(endpoints);
    }

    /** Names the fields and hides their values. */
    @Override
    public String toString() {
        return "BindingCredentials" + credentials.keySet();
    }
}
