package io.paddock.broker.system;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Who may use the operator's API: nobody as long as there is no username.
 *
 * @param username another one than the platform's
 * @param password of the basic authentication
 */
@ConfigurationProperties("broker.operator")
record OperatorProperties(
        @DefaultValue("") String username, @DefaultValue("") String password) {

    OperatorProperties {
        if (username.isEmpty() != password.isEmpty()) {
            throw new IllegalArgumentException("broker.operator.username and broker.operator.password go together");
        }
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "OperatorProperties[username=" + username + "]";
    }
}
