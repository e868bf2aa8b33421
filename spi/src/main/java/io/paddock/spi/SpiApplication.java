package io.paddock.spi;

import io.paddock.contracts.service.ServiceEdge;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** Starts the PostgreSQL service provider. */
@SpringBootApplication
@ServiceEdge
@ConfigurationPropertiesScan
public class SpiApplication {

    public static void main(String[] arguments) {
        SpringApplication.run(SpiApplication.class, arguments);
    }
}
