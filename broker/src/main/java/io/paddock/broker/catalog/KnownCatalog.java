package io.paddock.broker.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.paddock.contracts.spi.ServiceOffering;
import java.sql.Timestamp;
import java.time.Clock;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** The offering as the SPI answered it last, in the state database. */
@Component
class KnownCatalog {

    private static final Logger LOG = LoggerFactory.getLogger(KnownCatalog.class);

    private final JdbcTemplate database;
    private final ObjectMapper json;
    private final Clock clock;

    KnownCatalog(JdbcTemplate database, ObjectMapper json, Clock clock) {
        this.database = database;
        this.json = json;
        this.clock = clock;
    }

    /** A state database that is away does not keep anybody from the catalog. */
    void keep(ServiceOffering offering) {
        try {
            database.update(
                    "insert into known_catalog (id, offering, known_at) values (1, ?, ?)"
                            + " on conflict (id) do update set offering = excluded.offering, known_at = excluded.known_at",
                    json.writeValueAsString(offering),
                    Timestamp.from(clock.instant()));
        } catch (DataAccessException | JsonProcessingException failure) {
            LOG.warn("the catalog could not be stored: {}", failure.getMessage());
        }
    }

    Optional<ServiceOffering> read() {
        try {
            for (String text : database.queryForList("select offering from known_catalog", String.class)) {
                return Optional.of(json.readValue(text, ServiceOffering.class));
            }
        } catch (DataAccessException | JsonProcessingException failure) {
            LOG.warn("the last known catalog could not be read: {}", failure.getMessage());
        }
        return Optional.empty();
    }
}
