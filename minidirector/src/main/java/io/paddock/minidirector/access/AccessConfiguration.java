package io.paddock.minidirector.access;

import io.paddock.minidirector.system.MinidirectorProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class AccessConfiguration {

    /** Tokens if the operator names a UAA, else a password. */
    @Bean
    Authentication authentication(MinidirectorProperties properties) {
        return properties.uaa() == null
                ? new PasswordAuthentication(properties)
                : new UaaAuthentication(properties.uaa(), properties.uuid());
    }
}
