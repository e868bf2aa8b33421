package io.paddock.contracts.spi;

import java.util.Map;

/** What an application needs to use the service instance. */
public record BindingCredentials(Map<String, Object> credentials) {

    /** Names the fields and hides their values. */
    @Override
    public String toString() {
        return "BindingCredentials" + credentials.keySet();
    }
}
