// The names of settings that Kafka's own library knows: "client NAME" and "topic NAME", one per line.
import java.lang.reflect.Field;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.TopicConfig;

public final class SettingNames {
    public static void main(String[] arguments) throws Exception {
        TreeSet<String> clients = new TreeSet<>(ProducerConfig.configNames());
        clients.addAll(ConsumerConfig.configNames());
        clients.addAll(AdminClientConfig.configNames());
        for (String name : clients) System.out.println("client " + name);
        for (Field field : TopicConfig.class.getFields()) {
            if (field.getName().endsWith("_CONFIG")) System.out.println("topic " + field.get(null));
        }
    }
}
