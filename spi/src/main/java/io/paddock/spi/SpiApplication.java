package io.paddock.spi;

import io.paddock.contracts.service.ServiceEdge;
import java.time.Clock;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Bean;

/** Starts the PostgreSQL service provider. */
@SpringBootApplication
@ServiceEdge
@ConfigurationPropertiesScan
public class SpiApplication {

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    public static void main(String[] arguments) {
        SpringApplication.run(SpiApplication.class, arguments);
    }
}
